"""Trains the model of a job in PyTorch: the same batches, masked loss, clipping by norm, Adam.

usage: torch_train.py JOB OPTIMIZER THREADS, with OPTIMIZER `fused` or `foreach`. Answers each line on standard input with a
line of JSON: the tokens of a round over the batches, and its seconds.
"""
import json
import sys
import time

import torch

job = json.load(open(sys.argv[1]))
torch.set_num_threads(int(sys.argv[3]))
torch.manual_seed(0)
vocabulary, hidden = job['vocabularySize'], job['hiddenSize']


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(vocabulary, job['embeddingSize'])
        self.cell = getattr(torch.nn, job['cell'].upper())(job['embeddingSize'], hidden, job['layers'])
        self.projection = torch.nn.Linear(hidden, vocabulary)

    def forward(self, ids):
        return self.projection(self.cell(self.embedding(ids))[0])


batches = []
for batch in job['batches']:
    length, size = batch['length'], batch['size']
    targets = torch.tensor(batch['ids']).view(length, size)
    lengths = torch.tensor(batch['lengths'])
    mask = (torch.arange(length)[:, None] < lengths[None]).float()
    inputs = torch.cat([torch.full((1, size), job['eosId']), targets[:-1]])
    batches.append((inputs, targets.flatten(), mask.flatten(), int(lengths.sum())))

model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, **{sys.argv[2]: True})
cross_entropy = torch.nn.CrossEntropyLoss(reduction='none')

for _ in sys.stdin:
    start = time.perf_counter()
    for inputs, targets, mask, tokens in batches:
        optimizer.zero_grad()
        loss = (cross_entropy(model(inputs).flatten(0, 1), targets) * mask).sum() / tokens
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), job['clipNorm'])
        optimizer.step()
        loss.item()
    seconds = time.perf_counter() - start
    print(json.dumps({'work': sum(batch[3] for batch in batches), 'seconds': seconds}), flush=True)
