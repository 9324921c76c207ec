#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace zenops::original {

/// How a group of workers lies, in Zeno-PS's words: --byz-type, --byz-scale, --byz-rate.
struct Lie {
  std::string type;
  double scale = 10, rate = 0;
  std::vector<uint32_t> workers = {};  // empty: everybody
};

/// A run of Zeno-PS: what its launcher, its two scripts and its environment together say. The defaults are those that
/// the experiments of its instructions share.
struct Experiment {
  std::string name = {};                  // "zeno-ps/S11"
  std::string sentence = {};              // what it is
  std::vector<std::string> remarks = {};  // sentences about what does not do here, or did not there, what it says
  bool plumbing = false;                  // no training: test_zenops_worker.py and test_zenops_validator.py
  bool async = false;
  std::string model = "cifar_resnet56_v1", init = {}, optimizer = "nag";
  double drop_rate = 0;
  uint32_t workers = 15, validators = 1, shards = 1, shard_threads = 0;
  uint32_t epochs = 200, worker_epochs = 200, batch = 16, local_steps = 32;
  double lr = 0.1, lr_decay = 0.1, momentum = 0.9, weight_decay = 1e-4;
  std::vector<uint32_t> lr_decay_epochs = {100, 150};
  double sparsity = 0.2, subsample = 1;
  std::string rule = "average";
  double eta = -0.001;         // of zeno; zenopp's is not to be chosen
  std::vector<Lie> lies = {};  // none: everybody is honest
  double alpha = 0.8, alpha_decay = 0.5;
  std::vector<uint32_t> alpha_decay_epochs = {100, 150};
};

/// The sentence and the remarks as a config's comments.
std::string comments(const Experiment& experiment);
/// The same as a config, with its comments.
std::string to_yaml(const Experiment& experiment);

/// "zeno-ps/S11" → "zeno-ps-S11": what the run and its folder are called.
std::string run_name(const std::string& name);

}  // namespace zenops::original
