#!/usr/bin/env python3
"""Writes a network of one's own as a TorchScript file that zenops trains:

    make_model.py net.pt && zenops-cli run configs/own_model.yaml --set model.file=net.pt

zenops wants a module whose forward() takes a batch of images, (samples, channels, height, width) in float32, and gives
one number for each class, (samples, classes): the softmax is part of the loss. Its parameters are where training
begins, so they may as well be trained ones. Needs PyTorch: ./dev setup --python.
"""
import argparse

import torch
from torch import nn


class Net(nn.Module):
    """For grey images of 28 × 28 and ten classes."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2))
        self.classifier = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(32 * 7 * 7, 10))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.features(x))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="the file to write")
    file = parser.parse_args().file
    torch.manual_seed(1)
    net = Net()
    torch.jit.script(net).save(file)
    print(f"{file}: {sum(p.numel() for p in net.parameters())} parameters")
