#pragma once
#include <cstdint>
#include <vector>

#include "configs/config.hpp"

namespace zenops {

struct Schema;

/// A config as it was read, each value for itself, and where those stand that must be looked at together.
struct Reading {
  struct Attack {
    Node node;
    AttackOptions options;
  };
  struct Liars {
    Node node;
    std::vector<uint32_t> indices;
  };
  struct InjectedFault {
    Node node;
    Fault fault;
  };
  Config config;
  std::vector<Attack> attacks;
  std::vector<Liars> liars;
  std::vector<NodeMember> pins;
  std::vector<InjectedFault> faults;
};

/// From the tree of a document; mistakes are added to `problems`.
Reading read_config(const Node& root, const Schema& schema, Problems& problems);

}  // namespace zenops
