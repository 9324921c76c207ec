#include "actors/retrieval.hpp"

#include <utility>

namespace zenops {

void Retrieval::made(Common common) { before_ = std::exchange(newest_, std::move(common)); }

void Retrieval::begin_anew(Common common) {
  newest_ = std::move(common);
  before_.reset();
  lost_.clear();
}

void Retrieval::begin() {
  target_ = newest_;
  missing_ = lost_;
  asked_.clear();
}

std::string Retrieval::next(const std::vector<std::string>& holders) {
  if (asked_.empty()) {
    holders_.clear();
    // What nobody has a hash of cannot be believed.
    if (!target_.hashes.empty()) holders_.assign(holders.begin(), holders.end());
  }
  if (holders_.empty()) return {};
  asked_ = std::move(holders_.front());
  holders_.pop_front();
  return asked_;
}

bool Retrieval::arrived() {
  missing_.erase(missing_.begin());
  asked_.clear();
  return missing_.empty();
}

bool Retrieval::take_the_one_before() {
  if (!before_ || before_->hashes.empty() || target_.version == before_->version) return false;
  target_ = *before_;
  missing_ = lost_;
  asked_.clear();
  return true;
}

bool Retrieval::done() {
  lost_.clear();
  if (target_.version == newest_.version) return false;
  newest_ = *std::exchange(before_, std::nullopt);
  return true;
}

}  // namespace zenops
