#include "actors/snapshots.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

#include "actors/wire/compose.hpp"
#include "base/input_file.hpp"
#include "base/replacement.hpp"
#include "base/safetensors.hpp"
#include "base/sha256.hpp"

namespace zenops {
namespace {

constexpr auto tensors_file = "state.safetensors", rest_file = "state.bin", manifest_file = "manifest.sha256";

std::string name_of(uint32_t round) {
  char name[32];
  std::snprintf(name, sizeof name, "round-%06u", round);
  return name;
}

/// Names of more than six digits come after the others.
std::pair<size_t, std::string> age_of(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return {name.size(), name};
}

[[noreturn]] void cannot_write(const std::filesystem::path& path, int error) {
  throw UserError(UserError::cannot_write, "cannot write " + path.string() + ": " + std::strerror(error));
}

/// Names in a folder last only when the folder itself is on the disk.
void sync_folder(const std::filesystem::path& folder) {
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0 || fsync(file) != 0) {
    const int error = errno;
    if (file >= 0) close(file);
    cannot_write(folder, error);
  }
  close(file);
}

void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  Replacement file(path);
  file.write(bytes.data(), bytes.size());
  file.commit();
}

std::vector<std::byte> read_file(const std::filesystem::path& path) {
  InputFile file(path);
  std::vector<std::byte> bytes(file.size());
  file.read(bytes.data(), bytes.size());
  return bytes;
}

std::string manifest(const std::filesystem::path& folder) {
  std::string text;
  for (const auto* name : {tensors_file, rest_file}) text += sha256_of_file(folder / name) + "  " + name + "\n";
  return text;
}

/// The tensors by the names that they have in the file: parameters, previous/0, worker/3/momentum.
std::vector<std::pair<std::string, std::vector<Row>>> tensors_of(const Snapshot& snapshot) {
  std::vector<std::pair<std::string, std::vector<Row>>> out(snapshot.model.begin(), snapshot.model.end());
  for (const auto& [who, state] : snapshot.trainees)
    for (const auto& [name, row] : state.tensors) out.push_back({who + "/" + name, {row}});
  return out;
}

void write(uint32_t worker, const Reputation::Record& record, wire::ReputationRecord::Builder out) {
  out.setWorker(worker);
  out.setStanding(static_cast<uint8_t>(record.standing));
  auto answers = out.initAnswers(static_cast<uint32_t>(record.answers.size()));
  for (uint32_t k = 0; k < answers.size(); ++k) {
    answers[k].setMessages(record.answers[k].messages);
    answers[k].setRefused(record.answers[k].refused);
    answers[k].setProof(record.answers[k].proof);
  }
  auto absent = out.initAbsent(static_cast<uint32_t>(record.absent.size()));
  for (uint32_t k = 0; k < absent.size(); ++k) absent.set(k, record.absent[k]);
  out.setCrashes(record.crashes);
  out.setInQuarantine(record.in_quarantine);
}

Reputation::Record read(wire::ReputationRecord::Reader record) {
  Reputation::Record out;
  out.standing = static_cast<Standing>(record.getStanding());
  for (auto answer : record.getAnswers())
    out.answers.push_back({answer.getMessages(), answer.getRefused(), answer.getProof()});
  for (const bool absent : record.getAbsent()) out.absent.push_back(absent);
  out.crashes = record.getCrashes();
  out.in_quarantine = record.getInQuarantine();
  return out;
}

Envelope rest_of(const Snapshot& snapshot) {
  return Envelope::of<wire::SnapshotRecord>([&](wire::SnapshotRecord::Builder out) {
    out.setRound(snapshot.round);
    out.setLr(snapshot.lr);
    auto attacks = out.initAttacks(static_cast<uint32_t>(snapshot.attacks.size()));
    uint32_t k = 0;
    for (const auto& [worker, attack] : snapshot.attacks) write(worker, attack, attacks[k++]);
    if (snapshot.rule) write(*snapshot.rule, out.initRule());
    auto idle = out.initIdle(static_cast<uint32_t>(snapshot.idle.size()));
    k = 0;
    for (const uint32_t worker : snapshot.idle) idle.set(k++, worker);
    auto judges = out.initJudges(static_cast<uint32_t>(snapshot.trainees.size()));
    k = 0;
    for (const auto& [who, state] : snapshot.trainees) {
      judges[k].setName(who);
      write_numbers(state, judges[k++].initState());
    }
    const Tally& t = snapshot.tally;
    auto tally = out.initTally(4);
    k = 0;
    for (const uint64_t count : {t.honest, t.honest_accepted, t.poisoned, t.poisoned_accepted}) tally.set(k++, count);
    out.setWallSeconds(snapshot.wall_seconds);
    out.setComputeSeconds(snapshot.compute_seconds);
    auto records = out.initReputation(static_cast<uint32_t>(snapshot.reputation.records.size()));
    k = 0;
    for (const auto& [worker, record] : snapshot.reputation.records) write(worker, record, records[k++]);
  });
}

Snapshot read_rest(std::span<const std::byte> bytes) {
  const Envelope envelope{capnp::typeId<wire::SnapshotRecord>(), 0, false, Words(bytes), {}};
  const Msg<wire::SnapshotRecord> record(envelope);
  Snapshot out;
  out.round = record->getRound();
  out.lr = record->getLr();
  for (auto attack : record->getAttacks()) out.attacks[attack.getWorker()] = attack_of(attack);
  out.rule = rule_in(*record);
  for (const uint32_t worker : record->getIdle()) out.idle.insert(worker);
  for (auto judge : record->getJudges()) {
    auto state = read_state(judge.getState(), {});
    if (state) out.trainees[judge.getName().cStr()] = std::move(*state);
  }
  const auto tally = record->getTally();
  if (tally.size() == 4) out.tally = {tally[0], tally[1], tally[2], tally[3]};
  out.wall_seconds = record->getWallSeconds();
  out.compute_seconds = record->getComputeSeconds();
  out.reputation.round = out.round;
  for (auto one : record->getReputation()) out.reputation.records[one.getWorker()] = read(one);
  return out;
}

/// Throws UserError, or kj::Exception on bytes that are no record.
std::shared_ptr<const Snapshot> read(const std::filesystem::path& folder) {
  const auto said = read_file(folder / manifest_file);
  if (std::string(reinterpret_cast<const char*>(said.data()), said.size()) != manifest(folder))
    throw UserError(UserError::bad_data, "its checksum is wrong");
  auto out = std::make_shared<Snapshot>(read_rest(read_file(folder / rest_file)));
  const Tensors tensors = read_safetensors(folder / tensors_file);
  Row all(std::shared_ptr<float[]>(new float[tensors.values.size()]), 0, tensors.values.size());
  std::ranges::copy(tensors.values, all.mutable_view().begin());
  for (const Block& block : tensors.layout.blocks()) {
    const Row row = all.slice(block.offset, block.size);
    // A trainee's vector is named after it: worker/3/momentum, worker/3/history/0.
    const auto trainee =
        std::ranges::find_if(out->trainees, [&](const auto& t) { return block.name.starts_with(t.first + "/"); });
    if (trainee == out->trainees.end())
      out->model[block.name] = {row};
    else
      trainee->second.tensors[block.name.substr(trainee->first.size() + 1)] = row;
  }
  return out;
}

}  // namespace

void Snapshots::write(const std::filesystem::path& to, const Snapshot& snapshot) const {
  std::vector<Block> blocks;
  std::vector<std::span<const float>> parts;
  for (const auto& [name, rows] : tensors_of(snapshot)) {
    int64_t size = 0;
    for (const Row& row : rows) {
      size += static_cast<int64_t>(row.size());
      parts.push_back(row.view());
    }
    blocks.push_back({.name = name, .shape = {size}});
  }
  write_safetensors_in_parts(to / tensors_file, Layout(std::move(blocks)), parts,
                             {{"round", std::to_string(snapshot.round)}});
  const Envelope rest = rest_of(snapshot);
  write_file(to / rest_file, rest.words.bytes());
  const std::string sums = manifest(to);
  write_file(to / manifest_file, std::as_bytes(std::span(sums)));
  sync_folder(to);
}

void Snapshots::add(const Snapshot& snapshot) {
  const std::lock_guard lock(mutex_);
  const auto path = folder_ / name_of(snapshot.round);
  const auto temporary = folder_ / ("." + name_of(snapshot.round) + "." + std::to_string(getpid()) + ".tmp");
  std::error_code error;
  for (const auto& one : named(".round-")) std::filesystem::remove_all(one, error);  // of a process that was killed
  std::filesystem::create_directories(temporary, error);
  if (error) cannot_write(temporary, error.value());
  try {
    write(temporary, snapshot);
    // One that is made again changes places with the old one: at no moment is there none.
    const bool again = std::filesystem::exists(path);
    if (renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), again ? RENAME_EXCHANGE : RENAME_NOREPLACE) != 0)
      cannot_write(path, errno);
    sync_folder(folder_);
  } catch (...) {
    std::filesystem::remove_all(temporary, error);
    throw;
  }
  std::filesystem::remove_all(temporary, error);
  // Those of later rounds are of a run that was taken up before them; they are as good as when they were written.
  uint32_t older = 0;
  for (const auto& one : named("round-"))
    if (age_of(one) <= age_of(path) && ++older > keep_) std::filesystem::remove_all(one, error);
}

std::vector<std::filesystem::path> Snapshots::named(const std::string& begin) const {
  std::vector<std::filesystem::path> out;
  std::error_code error;
  for (std::filesystem::directory_iterator i(folder_, error), end; !error && i != end; i.increment(error))
    if (i->path().filename().string().starts_with(begin)) out.push_back(i->path());
  std::ranges::sort(out, std::greater{}, age_of);
  return out;
}

std::shared_ptr<const Snapshot> Snapshots::newest(const std::function<void(const std::string&)>& say) const {
  const std::lock_guard lock(mutex_);
  for (const auto& path : named("round-")) {
    std::string why;
    try {
      return read(path);
    } catch (const kj::Exception& e) {
      why = e.getDescription().cStr();
    } catch (const std::exception& e) {
      why = e.what();
    }
    say("the snapshot " + path.string() + " cannot be used: " + why);
  }
  return nullptr;
}

}  // namespace zenops
