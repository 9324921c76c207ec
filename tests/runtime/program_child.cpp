// A program as users write them.
#include <iostream>

#include "runtime/program.hpp"
#include "tests/runtime/keeper.hpp"

int main(int argc, char** argv) {
  zenops::Program program("child", "1");
  program.add<zenops::Counter>("Counter").add<zenops::Keeper>("Keeper");
  return program.run(argc, argv, [](zenops::Cluster& cluster) {
    for (const auto& word : cluster.arguments()) std::cout << word << '\n';
    if (cluster.arguments().size() < 2) return 0;
    const auto keeper = cluster.spawn(cluster.arguments()[0], cluster.arguments()[1]);
    const auto sum = keeper.ask<zenops::wire::Sum>(zenops::Envelope::of<zenops::wire::Ask>()).get();
    if (!sum) throw std::runtime_error(sum.error().what);
    std::cout << ((*sum)->getPid() == static_cast<uint32_t>(getpid()) ? "here" : "there") << '\n';
    return 7;
  });
}
