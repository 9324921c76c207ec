#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace zenops {

/// What somebody else's program took for the same.
struct Peer {
  std::string name;
  double seconds = 0;
};

struct Peers {
  std::vector<Peer> peers;
  std::vector<std::string> missing;  // sentences about what could not be measured
};

/// The Python with the whole of torch that `./dev setup --python` made; empty when there is none.
std::filesystem::path python_for_comparisons();

/// Times torch's and ByzFL's rules with bench/peers.py on `rows` (n × d, row by row).
Peers measure_peers(const std::filesystem::path& python, const std::vector<float>& rows, size_t n, size_t d, size_t f,
                    int threads, int repetitions);

/// Times Ray's actors with bench/ray_peers.py, each line for that long.
Peers measure_ray(const std::filesystem::path& python, double seconds);

}  // namespace zenops
