#pragma once
#include <chrono>

#include "runtime/cut.hpp"
#include "runtime/ledger.hpp"
#include "runtime/routes.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/wire/cluster.capnp.h"

namespace zenops {

struct Endpoint;

/// What cluster.capnp says, in our own words, and back.
void write(const Endpoint& peer, wire::Peer::Builder out);
Endpoint read(wire::Peer::Reader peer);
void write(const Life& life, wire::Life::Builder out);
Life read(wire::Life::Reader life);
void write(const RestartSpec& restart, wire::Restart::Builder out);
RestartSpec read(wire::Restart::Reader restart);
void write(const Supervisor::Options& supervisor, wire::Supervisor::Builder out);
Supervisor::Options read(wire::Supervisor::Reader supervisor);
void write(const Resources& resources, wire::Resources::Builder out);
Resources read(wire::Resources::Reader resources);
void write(const NodeSpec& node, wire::Offers::Builder out);
void write(const std::vector<int>& indices, capnp::List<int32_t>::Builder out);
std::vector<int> read(capnp::List<int32_t>::Reader indices);
/// Without its host, and without what only it calls its GPUs.
NodeSpec read(wire::Offers::Reader offers);
/// Without its rows, which are those of the message that carries it.
void write(const Envelope& kept, wire::Kept::Builder out);
Envelope read(wire::Kept::Reader kept, std::span<const Row> rows);

void write(const Cut& cut, wire::Sever::Builder out);
Cut read(wire::Sever::Reader cut);
/// 0 for the beginning of time, which stands for never.
int64_t milliseconds_since_1970(std::chrono::system_clock::time_point t);

std::string text_of(capnp::Data::Reader bytes);
kj::ArrayPtr<const kj::byte> bytes_of(const std::string& text);

}  // namespace zenops
