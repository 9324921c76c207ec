#include "cli/cluster_report.hpp"

#include <algorithm>
#include <ctime>

#include "cli/table.hpp"
#include "runtime/wire/cluster_words.hpp"

namespace zenops {
namespace {

using Json = nlohmann::ordered_json;

std::string amount(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

/// "14:03:22", by the clock of whoever looks.
std::string time_of_day(int64_t milliseconds) {
  const std::time_t seconds = milliseconds / 1000;
  std::tm local{};
  char text[16];
  if (localtime_r(&seconds, &local) == nullptr || std::strftime(text, sizeof text, "%H:%M:%S", &local) == 0) return "?";
  return text;
}

/// "20 GiB of 80 GiB", of all its GPUs; "" of a node that has none.
std::string gpu_memory_used(wire::NodeReport::Reader node, const NodeSpec& offers) {
  uint64_t used = 0, all = 0;
  for (const uint64_t memory : node.getGpuMemoryUsed()) used += memory;
  for (const Gpu& gpu : offers.gpus) all += gpu.memory;
  return all == 0 ? "" : bytes_to_string(used) + " of " + bytes_to_string(all);
}

std::string last_end(wire::ActorReport::Reader actor) {
  if (actor.getEnded() == 0) return "";
  return time_of_day(actor.getEnded()) + ": " + actor.getCause().cStr();
}

}  // namespace

std::string obituary(wire::ActorReport::Reader actor) {
  return "its last life ended at " + last_end(actor) + (actor.getState() == "up" ? "" : std::string("; it is ") + actor.getState().cStr());
}

Json to_json(wire::NodeReport::Reader node) {
  const NodeSpec offers = read(node.getOffers());
  const Resources used = read(node.getUsed());
  Json gpus = Json::array(), gpu_memory = Json::array(), gpu_memory_used = Json::array();
  for (const uint64_t memory : node.getGpuMemoryUsed()) gpu_memory_used.push_back(memory);
  for (const Gpu& gpu : offers.gpus) {
    gpus.push_back(gpu.index);
    gpu_memory.push_back(gpu.memory);
  }
  return {{"name", offers.name},
          {"address", node.getAddress().cStr()},
          {"pid", node.getPid()},
          {"processes", node.getProcesses()},
          {"evictions", node.getEvictions()},
          {"draining", node.getDraining()},
          {"cores", offers.cores},
          {"cores_used", used.cores},
          {"memory", offers.memory},
          {"memory_used", used.memory},
          {"gpus", std::move(gpus)},
          {"gpu_memory", std::move(gpu_memory)},
          {"gpus_used", used.gpus},
          {"gpu_memory_used", std::move(gpu_memory_used)}};
}

Json to_json(wire::ActorReport::Reader actor) {
  Json out{{"name", actor.getName().cStr()},
           {"incarnation", actor.getIncarnation()},
           {"state", actor.getState().cStr()},
           {"node", actor.getNode().cStr()},
           {"pid", actor.getPid()},
           {"job", actor.getJob().cStr()},
           {"falls", actor.getFalls()},
           {"gpus", read(actor.getGpus())}};
  if (actor.getEnded() != 0) {
    out["cause"] = actor.getCause().cStr();
    out["ended"] = static_cast<double>(actor.getEnded()) / 1000;  // seconds since 1970
  }
  return out;
}

std::tuple<std::string, size_t, std::string> counting_order(const std::string& name) {
  const size_t number = name.find_last_not_of("0123456789") + 1;
  return {name.substr(0, number), name.size() - number, name};
}

std::vector<wire::ActorReport::Reader> in_order(capnp::List<wire::ActorReport>::Reader actors) {
  std::vector<wire::ActorReport::Reader> out;
  for (const auto actor : actors) out.push_back(actor);
  std::ranges::sort(out, {}, [](wire::ActorReport::Reader actor) { return counting_order(actor.getName()); });
  return out;
}

std::string nodes_table(capnp::List<wire::NodeReport>::Reader nodes) {
  std::vector<std::vector<std::string>> rows{{"NODE", "ADDRESS", "PID", "PROCESSES", "CORES USED", "GPUS USED", "GPU MEMORY USED", "EVICTED"}};
  for (const auto node : nodes) {
    const NodeSpec offers = read(node.getOffers());
    const Resources used = read(node.getUsed());
    rows.push_back({offers.name, node.getAddress(), std::to_string(node.getPid()), std::to_string(node.getProcesses()),
                    amount(used.cores) + " of " + amount(offers.cores),
                    amount(Amount::of(used.gpus).value()) + " of " + std::to_string(offers.gpus.size()), gpu_memory_used(node, offers),
                    std::to_string(node.getEvictions()) + (node.getDraining() ? ", draining" : "")});
  }
  return table(rows);
}

std::string actors_table(const std::vector<wire::ActorReport::Reader>& actors) {
  std::vector<std::vector<std::string>> rows{{"ACTOR", "STATE", "NODE", "PID", "JOB", "FALLS", "LAST END"}};
  for (const auto actor : actors)
    rows.push_back({to_string(Address{actor.getName(), actor.getIncarnation()}), actor.getState(),
                    actor.getNode().size() > 0 ? actor.getNode().cStr() : "(client)", std::to_string(actor.getPid()),
                    actor.getJob(), std::to_string(actor.getFalls()), last_end(actor)});
  return table(rows);
}

}  // namespace zenops
