#include "configs/original/namespace_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/original/words.hpp"

namespace zenops::original {
namespace {

TEST(NamespaceLineTest, HasEveryOptionOfTheValidatorsAsPythonPrintsIt) {
  Problems problems;
  const auto line = read_command(*split_words("train_cifar10_zeno_validator.py --lr 1 --wd 0.00001 -j 2 --validation-type zeno "
                                              "--resume-from it\\'s"),
                                 problems);
  problems.raise();
  EXPECT_EQ(namespace_line(line),
            "Namespace(alpha=0.8, alpha_decay=0.5, alpha_decay_epoch='100,150', batch_size=32, drop_rate=0.0, logging_file='baseline', "
            "lr=1.0, lr_decay=0.1, lr_decay_epoch='100,150', lr_decay_period=0, mode='hybrid', model='cifar_resnet20_v1', momentum=0.9, "
            "num_data_workers=2, num_epochs=200, num_gpus=0, optimizer='nag', resume_from=\"it's\", save_dir='params', save_period=10, "
            "sync_interval=1, sync_mode='sync', validation_type='zeno', warmup_epochs=0, warmup_lr=0.0, wd=1e-05, zeno_eta=-0.001)");
}

TEST(NamespaceLineTest, FloatsArePythons) {
  EXPECT_EQ(python_float(0.1), "0.1");
  EXPECT_EQ(python_float(200), "200.0");
  EXPECT_EQ(python_float(1e-4), "0.0001");
  EXPECT_EQ(python_float(1.5e-5), "1.5e-05");
  EXPECT_EQ(python_float(1e16), "1e+16");
  EXPECT_EQ(python_float(0), "0.0");
}

}  // namespace
}  // namespace zenops::original
