#include "configs/original/flags.hpp"

#include <algorithm>

namespace zenops::original {
namespace {

using Takes = Flag::Takes;
using Kind = Shape::Kind;

Shape count() { return {.kind = Kind::integer, .min = 1, .max = UINT32_MAX}; }
Shape whole() { return {.kind = Kind::integer, .min = 0, .max = UINT32_MAX}; }
Shape text() { return {.kind = Kind::text}; }
Shape one_of(std::vector<std::string> choices) { return {.kind = Kind::choice, .choices = std::move(choices)}; }
Shape from_0_to_1() { return {.kind = Kind::number, .max = 1}; }
Shape above_0_to_1() { return {.kind = Kind::number, .max = 1, .open_min = true}; }
Shape from_0_below_1() { return {.kind = Kind::number, .max = 1, .open_max = true}; }
Shape above_0(double most) { return {.kind = Kind::number, .max = most, .open_min = true}; }
Shape from_to(double least, double most) { return {.kind = Kind::number, .min = least, .max = most}; }

const std::string never_used = "Zeno-PS parsed it and never used it";
const std::string not_saved = "saving was commented out; `output.checkpoint_every` keeps checkpoints";
const std::string one_machine = "all roles run on this machine, in one process";
const std::string no_sockets = "actors of one process need no sockets";
const std::string transport = "it tunes BytePS's transport, which is not here";
const std::string gpus = "it is about GPUs, which `resources.gpu` and `cluster.placement.pins` give";
const std::string printing = "metrics.jsonl says what happened in every round, and to whom";
const std::string building = "it is about building BytePS";

}  // namespace

const std::vector<Flag>& flags() {
  static const std::vector<Flag> all = {
      {"--batch-size", "", scripts, Takes::integer, count(), "32", "16", "data.batch", "", ""},
      {"--num-gpus", "", scripts, Takes::integer, whole(), "0", "1", "", gpus, ""},
      {"--model", "", scripts, Takes::text, text(), "cifar_resnet20_v1", "cifar_resnet56_v1", "model.name", "of GluonCV's names those that `zenops-cli models` lists", ""},
      {"--num-data-workers", "-j", scripts, Takes::integer, whole(), "4", "2", "", "samples lie in memory and are augmented beside the local step", ""},
      {"--num-epochs", "", scripts, Takes::integer, count(), "200", "210", "train.epochs", "the validator's; a worker's own become `train.worker_epochs`, after which the run ends where Zeno-PS hung", ""},
      {"--lr", "", scripts, Takes::number, above_0(1000), "0.1", "0.2", "train.optimizer.lr", "", ""},
      {"--optimizer", "", scripts, Takes::text, one_of({"nag", "sgd"}), "nag", "sgd", "train.optimizer.name", "", "MXNet's others are not here"},
      {"--momentum", "", scripts, Takes::number, from_0_below_1(), "0.9", "0.5", "train.optimizer.momentum", "", ""},
      {"--wd", "", scripts, Takes::number, from_0_to_1(), "0.0001", "0.001", "train.optimizer.weight_decay", "", ""},
      {"--lr-decay", "", scripts, Takes::number, above_0_to_1(), "0.1", "0.2", "train.optimizer.schedule.factor", "", ""},
      {"--lr-decay-epoch", "", scripts, Takes::epochs, {}, "100,150", "60,90", "train.optimizer.schedule.epochs", "", ""},
      {"--lr-decay-period", "", scripts, Takes::integer, whole(), "0", "30", "", never_used, ""},
      {"--warmup-lr", "", scripts, Takes::number, from_to(0, 1000), "0.0", "0.01", "", never_used + "; `train.optimizer.schedule.warmup` warms up", ""},
      {"--warmup-epochs", "", scripts, Takes::integer, whole(), "0", "5", "", never_used + "; `train.optimizer.schedule.warmup` warms up", ""},
      {"--drop-rate", "", scripts, Takes::number, from_0_below_1(), "0.0", "0.3", "model.drop_rate", "of cifar_wideresnet*; no effect on other models, as there", ""},
      {"--mode", "", scripts, Takes::text, text(), "hybrid", "imperative", "", "it chose how MXNet executes the network", ""},
      {"--save-period", "", scripts, Takes::integer, whole(), "10", "5", "", not_saved, ""},
      {"--save-dir", "", scripts, Takes::text, text(), "params", "weights", "", not_saved, ""},
      {"--resume-from", "", scripts, Takes::text, text(), "", "before.safetensors", "model.init", "a safetensors file or a run's folder, not MXNet's .params; the validator's, as only validator 0's weights counted", ""},
      {"--logging-file", "", scripts, Takes::text, {.kind = Kind::folder}, "baseline", "nobyz_zeno", "name", "the validator's: runs/NAME/ has the log of the old form, cifar10-validator-0-cpu-NAME.log", ""},
      {"--sync-mode", "", scripts | launchers, Takes::text, one_of({"sync", "async"}), "sync", "async", "train.mode", "async also sets `train.proximal: 0.2`, `async.scale_lr: true`, and `delays` for the sleeps of up to a second per worker, in simulated time", ""},
      {"--sync-interval", "", scripts, Takes::integer, count(), "1", "16", "train.local_steps", "", ""},
      {"--validation-type", "", scripts, Takes::text, text(), "average", "zeno", "rule.name", "the validator's: average, trimmed_mean, phocas, zeno, or with --sync-mode async naive_async, zenopp; a worker's has no effect, as there", ""},
      {"--byz-type", "", worker_script, Takes::text, one_of({"none", "random", "randomscale", "negative"}), "none", "negative", "attack.name", "on the lines of some workers alone: only those lie", ""},
      {"--byz-scale", "", worker_script, Takes::number, above_0(1e12), "10", "200", "attack.scale", "", ""},
      {"--byz-rate", "", worker_script, Takes::number, from_0_to_1(), "0.0", "0.2", "attack.rate", "with 0, its default, nobody lies, whatever --byz-type says", ""},
      {"--sparse-rate", "", worker_script, Takes::number, from_0_below_1(), "0.0", "0.2", "train.sparsity", "", "with 1 no layer would ever be sent"},
      {"--worker-subsample-rate", "", worker_script, Takes::number, above_0_to_1(), "1.0", "0.5", "train.subsample", "", "with 0 no worker would ever take part"},
      {"--alpha", "", validator_script, Takes::number, above_0_to_1(), "0.8", "0.5", "async.alpha", "", "it is the share of an update that counts"},
      {"--alpha-decay", "", validator_script, Takes::number, above_0_to_1(), "0.5", "0.4", "async.alpha_decay", "", "alpha can only become smaller, and not nothing"},
      {"--alpha-decay-epoch", "", validator_script, Takes::epochs, {}, "100,150", "100", "async.alpha_decay_epochs", "all of them count; there only the first did", ""},
      {"--zeno-eta", "", validator_script, Takes::number, from_to(-1, 1), "-0.001", "0.01", "rule.eta", "of zeno; zenopp's is -0.02", ""},

      {"--worker-hostfile", "-WH", ssh_launcher, Takes::text, text(), "", "workers", "cluster.workers", "one for each line", ""},
      {"--validator-hostfile", "-VH", ssh_launcher, Takes::text, text(), "", "validators", "cluster.validators", "one for each line", ""},
      {"--server-hostfile", "-SH", ssh_launcher, Takes::text, text(), "", "servers", "cluster.shards", "one for each line", ""},
      {"--scheduler-ip", "", ssh_launcher, Takes::text, text(), "", "10.0.0.6", "", one_machine, ""},
      {"--username", "", ssh_launcher, Takes::text, text(), "ubuntu", "me", "", one_machine, ""},
      {"--scheduler-ssh-port", "", ssh_launcher, Takes::text, text(), "22", "2222", "", one_machine, ""},
      {"--num-workers", "", mpi_launchers, Takes::integer, count(), "", "4", "cluster.workers", "", ""},
      {"--num-validators", "", mpi_launchers, Takes::integer, count(), "", "2", "cluster.validators", "", ""},
      {"--num-servers", "", mpi_launchers, Takes::integer, count(), "", "2", "cluster.shards", "", ""},
      {"--hostfile", "-H", mpi_launchers, Takes::text, text(), "", "hosts", "(checked)", "as many lines as there are workers, validators and servers", ""},
      {"--output", "-o", intel_launcher, Takes::text, text(), "", "configfile", "", "no configfile for mpirun is needed", ""},
      {"--server-validator-colocated", "", intel_launcher, Takes::nothing, {}, "", "", "(checked)", "the hostfile then has no lines for servers", ""},
      {"--scheduler-port", "", launchers, Takes::integer, {.kind = Kind::integer, .min = 1, .max = 65535}, "", "1234", "", no_sockets, ""},
      {"--interface", "", launchers, Takes::text, text(), "eth0", "ib0", "", no_sockets, ""},
      {"--env", "", launchers, Takes::text, text(), "", "PS_VERBOSE:1", "(read)", "a variable does what the table below says", ""},
      {"--worker-command", "", launchers, Takes::text, text(), "", "train_cifar10_zeno_worker.py", "(read)", "its flags do what the first table says", ""},
      {"--validator-command", "", launchers, Takes::text, text(), "", "train_cifar10_zeno_validator.py", "(read)", "its flags do what the first table says", ""},
      {"--server-command", "", launchers, Takes::text, text(), "", "launch.py", "(read)", "its variables do what the table below says", ""},
  };
  return all;
}

const std::vector<Variable>& variables() {
  static const std::vector<Variable> all = [] {
    std::vector<Variable> result = {
        {"DMLC_NUM_WORKER", "3", "cluster.workers", "", count()},
        {"DMLC_NUM_VALIDATOR", "2", "cluster.validators", "", count()},
        {"DMLC_NUM_SERVER", "2", "cluster.shards", "", count()},
        {"DMLC_WORKER_ID", "1", "attack.workers", "before a worker's command: which worker it is; its --byz-* are that worker's", whole()},
        {"BYTEPS_ENABLE_ASYNC", "1", "train.mode", "checked: it must say what --sync-mode says", one_of({"0", "1"})},
        {"BYTEPS_SERVER_ENGINE_THREAD", "2", "cluster.shard_threads", "", count()},
    };
    const auto add = [&](const std::string& remark, std::initializer_list<const char*> names) {
      for (const char* name : names) result.push_back({name, "1", "", remark});
    };
    add(one_machine, {"DMLC_ROLE", "DMLC_WORKER_TYPE", "DMLC_VALIDATOR_ID", "DMLC_RANK", "DMLC_LOCAL", "DMLC_USE_KUBERNETES",
                      "BYTEPS_LOCAL_RANK", "BYTEPS_LOCAL_SIZE", "BYTEPS_GLOBAL_RANK", "BYTEPS_FORCE_DISTRIBUTED", "BYTEPS_ORDERED_HOSTS"});
    add(no_sockets, {"DMLC_PS_ROOT_URI", "DMLC_PS_ROOT_PORT", "DMLC_NODE_HOST", "DMLC_INTERFACE", "PORT", "BYTEPS_SOCKET_PATH",
                     "BYTEPS_ZMQ_MAX_SOCKET", "BYTEPS_ZMQ_NTHREADS"});
    add("who falls or stays silent is noticed at once, or after `cluster.deadline`",
        {"PS_HEARTBEAT_INTERVAL", "PS_HEARTBEAT_TIMEOUT", "PS_RESEND", "PS_RESEND_TIMEOUT"});
    add("messages are not dropped for a test; `attack: {name: silent}` silences workers", {"PS_DROP_MSG"});
    add(transport, {"DMLC_ENABLE_RDMA", "BYTEPS_ENABLE_IPC", "BYTEPS_RDMA_START_DEPTH", "BYTEPS_RDMA_RX_DEPTH", "BYTEPS_PARTITION_BYTES",
                    "BYTEPS_KEY_HASH_FN", "BYTEPS_BUILT_IN_HASH_COEF", "BYTEPS_ENABLE_MIXED_MODE", "BYTEPS_MIXED_MODE_BOUND",
                    "BYTEPS_SCHEDULING_CREDIT", "BYTEPS_SERVER_ENABLE_SCHEDULE"});
    add("the result would depend on it there: a pull was answered before its round had ended", {"BYTEPS_SERVER_ENGINE_BLOCKING"});
    add(gpus, {"NVIDIA_VISIBLE_DEVICES", "BYTEPS_REDUCE_ROOTS", "BYTEPS_NCCL_GROUP_SIZE", "BYTEPS_NCCL_NUM_RINGS", "BYTEPS_PCIE_SWITCH_SIZE"});
    add("`cluster.threads` says how many threads compute", {"BYTEPS_OMP_THREAD_PER_GPU", "OMP_NUM_THREADS", "KMP_AFFINITY"});
    add(printing, {"PS_VERBOSE", "PS_KEY_LOG", "BYTEPS_LOG_LEVEL", "BYTEPS_LOG_HIDE_TIME", "BYTEPS_SERVER_DEBUG", "BYTEPS_SERVER_DEBUG_KEY",
                   "BYTEPS_DEBUG_SAMPLE_TENSOR", "BYTEPS_ENABLE_GDB", "BYTEPS_TRACE_ON", "BYTEPS_TRACE_START_STEP", "BYTEPS_TRACE_END_STEP",
                   "BYTEPS_TRACE_DIR", "ENABLE_PROFILING", "PROFILE_PATH"});
    add(building, {"BYTEPS_DISABLE_CUDA", "BYTEPS_NCCL_HOME", "BYTEPS_USE_MPI"});
    return result;
  }();
  return all;
}

const Variable* find_variable(std::string_view name) {
  const auto found = std::ranges::find(variables(), name, &Variable::name);
  return found == variables().end() ? nullptr : &*found;
}

}  // namespace zenops::original
