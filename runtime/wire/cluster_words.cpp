#include "runtime/wire/cluster_words.hpp"

#include "runtime/endpoint.hpp"

namespace zenops {
namespace {

uint64_t ms(Clock::Duration d) { return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(d).count()); }

}  // namespace

void write(const Endpoint& peer, wire::Peer::Builder out) {
  out.setProcess(peer.process);
  out.setHost(peer.host);
  out.setPort(peer.port);
  out.setHostKey(peer.host_key);
}

Endpoint read(wire::Peer::Reader peer) { return {peer.getProcess(), peer.getHost(), peer.getPort(), peer.getHostKey()}; }

void write(const Life& life, wire::Life::Builder out) {
  out.setName(life.who.name);
  out.setIncarnation(life.who.incarnation);
  out.setProcess(life.process);
  out.setAlive(life.alive);
  out.setCause(life.cause);
  out.setRestarts(life.restarts);
}

Life read(wire::Life::Reader life) {
  return {{life.getName(), life.getIncarnation()}, life.getProcess(), life.getAlive(), life.getCause(), life.getRestarts()};
}

void write(const RestartSpec& restart, wire::Restart::Builder out) {
  out.setIntensity(restart.intensity);
  out.setPeriodMs(ms(restart.period));
  out.setBackoffMs(ms(restart.backoff));
  out.setMaxBackoffMs(ms(restart.max_backoff));
}

RestartSpec read(wire::Restart::Reader restart) {
  return {.intensity = restart.getIntensity(),
          .period = std::chrono::milliseconds(restart.getPeriodMs()),
          .backoff = std::chrono::milliseconds(restart.getBackoffMs()),
          .max_backoff = std::chrono::milliseconds(restart.getMaxBackoffMs())};
}

void write(const Supervisor::Options& supervisor, wire::Supervisor::Builder out) {
  out.setStrategy(static_cast<wire::Together>(supervisor.strategy));
  write(supervisor.restarts, out.initRestart());
}

Supervisor::Options read(wire::Supervisor::Reader supervisor) {
  Supervisor::Options out;
  out.strategy = static_cast<Together>(supervisor.getStrategy());
  out.restarts = read(supervisor.getRestart());
  return out;
}

namespace {

void write_custom(const std::map<std::string, double>& custom, capnp::List<wire::Amount>::Builder out) {
  uint32_t k = 0;
  for (const auto& [name, value] : custom) {
    out[k].setName(name);
    out[k++].setValue(value);
  }
}

std::map<std::string, double> read_custom(capnp::List<wire::Amount>::Reader custom) {
  std::map<std::string, double> out;
  for (const auto amount : custom) out[amount.getName()] = amount.getValue();
  return out;
}

}  // namespace

void write(const Resources& resources, wire::Resources::Builder out) {
  out.setCores(resources.cores);
  out.setGpus(resources.gpus);
  out.setMemory(resources.memory);
  write_custom(resources.custom, out.initCustom(static_cast<uint32_t>(resources.custom.size())));
  out.setGpuMemory(resources.gpu_memory);
  out.setGpu(resources.gpu.value_or(-1));
}

Resources read(wire::Resources::Reader resources) {
  const int gpu = resources.getGpu();
  return {.cores = resources.getCores(),
          .gpus = resources.getGpus(),
          .memory = resources.getMemory(),
          .custom = read_custom(resources.getCustom()),
          .gpu_memory = resources.getGpuMemory(),
          .gpu = gpu < 0 ? std::nullopt : std::optional(gpu)};
}

void write(const std::vector<int>& indices, capnp::List<int32_t>::Builder out) {
  for (uint32_t k = 0; k < indices.size(); ++k) out.set(k, indices[k]);
}

std::vector<int> read(capnp::List<int32_t>::Reader indices) {
  std::vector<int> out;
  for (const int32_t index : indices) out.push_back(index);
  return out;
}

void write(const NodeSpec& node, wire::Offers::Builder out) {
  out.setName(node.name);
  out.setCores(node.cores);
  auto gpus = out.initGpus(static_cast<uint32_t>(node.gpus.size()));
  for (uint32_t k = 0; k < node.gpus.size(); ++k) {
    gpus[k].setIndex(node.gpus[k].index);
    gpus[k].setMemory(node.gpus[k].memory);
    gpus[k].setInstance(node.gpus[k].instance);
  }
  out.setMemory(node.memory);
  write_custom(node.custom, out.initCustom(static_cast<uint32_t>(node.custom.size())));
}

NodeSpec read(wire::Offers::Reader offers) {
  NodeSpec node{.name = offers.getName(),
                .host = {},
                .cores = offers.getCores(),
                .gpus = {},
                .memory = offers.getMemory(),
                .custom = read_custom(offers.getCustom())};
  for (const auto gpu : offers.getGpus()) node.gpus.emplace_back(gpu.getIndex(), gpu.getMemory()).instance = gpu.getInstance();
  return node;
}

namespace {

void write(const From& names, capnp::List<capnp::Text>::Builder out) {
  for (uint32_t k = 0; k < names.names.size(); ++k) out.set(k, names.names[k]);
}

From read(capnp::List<capnp::Text>::Reader names) {
  From out{};
  for (const auto name : names) out.names.push_back(name);
  return out;
}

}  // namespace

void write(const Cut& cut, wire::Sever::Builder out) {
  write(cut.one, out.initOne(static_cast<uint32_t>(cut.one.names.size())));
  write(cut.other, out.initOther(static_cast<uint32_t>(cut.other.names.size())));
}

Cut read(wire::Sever::Reader cut) { return {read(cut.getOne()), read(cut.getOther())}; }

int64_t milliseconds_since_1970(std::chrono::system_clock::time_point t) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count();
}

void write(const Envelope& kept, wire::Kept::Builder out) {
  out.setType(kept.type);
  const auto words = kept.words.bytes();
  out.setWords({reinterpret_cast<const kj::byte*>(words.data()), words.size()});
}

Envelope read(wire::Kept::Reader kept, std::span<const Row> rows) {
  Envelope out;
  out.type = kept.getType();
  const auto bytes = kept.getWords();
  out.words = Words(std::as_bytes(std::span(bytes.begin(), bytes.size())));
  out.rows.assign(rows.begin(), rows.end());
  return out;
}

std::string text_of(capnp::Data::Reader bytes) { return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()}; }
kj::ArrayPtr<const kj::byte> bytes_of(const std::string& text) {
  return {reinterpret_cast<const kj::byte*>(text.data()), text.size()};
}

}  // namespace zenops
