#include "cli/repl/recording.hpp"

#include "base/expected.hpp"
#include "cli/output_file.hpp"

namespace zenops::repl {

void Recording::order(uint32_t round, const std::string& text) {
  if (round > 0) until(round - 1);
  add(text);
}

void Recording::at(uint32_t round, bool training, const std::string& text) {
  until(round);
  if (training) add("# said while round " + std::to_string(round + 1) + " was under way:");
  add(text);
}

void Recording::until(uint32_t round) {
  if (round <= stands_) return;
  stands_ = round;
  lines_.push_back("until " + std::to_string(round));
}

void Recording::add(const std::string& line) {
  lines_.push_back(line);
  if (!file_.empty()) OutputFile::replace(file_, text());
}

void Recording::write_to(const std::filesystem::path& file, bool from_now) {
  if (!file_.empty())
    throw UserError(UserError::bad_config, file_.string() + " is being written: found " + file.string() + ", expected one recording of a session");
  const size_t first = from_now ? lines_.size() : 0;
  OutputFile::replace(file, text(first));
  first_ = first;
  file_ = file;
}

void Recording::close(std::optional<uint32_t> stopped_after) {
  if (stopped_after) {
    until(*stopped_after);
    end_.clear();
  }
  if (!file_.empty()) OutputFile::replace(file_, text());
}

std::string Recording::text(size_t first) const {
  std::string out;
  for (size_t k = first; k < lines_.size(); ++k) out += lines_[k] + "\n";
  return end_.empty() ? out : out + end_ + "\n";
}

}  // namespace zenops::repl
