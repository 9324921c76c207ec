#pragma once
#include "bench/local_talk.hpp"
#include "bench/peer_process.hpp"

namespace zenops::bench {

/// Questions to an actor of another process beside bare CAF's and a raw Unix socket.
void measure_remote_talk(const PeerProcess& peer, const Effort& effort, const Report& report);
/// Rows that another process of this host reads, beside memcpy, and how long a question takes meanwhile.
void measure_rows(const PeerProcess& peer, const Effort& effort, const Report& report);

}  // namespace zenops::bench
