"""A character GPT by the published CPU recipe of nanoGPT: block 64, batch 12, 4 layers, 4 heads, 128 wide, no dropout, AdamW.

usage: shakespeare_gpt.py CORPUS MINUTES THREADS SCHEDULE STRIDE. SCHEDULE `published` makes 2,000 steps, or fewer where the time is
over; `time` makes as many as there is time for, the learning rate falling along the time. Measured over the whole last tenth: each
character is predicted from the 64 before it, or with a STRIDE of n from 65 − n at least.
"""
import math

import torch
from torch.nn import functional as F

from shakespeare_text import arguments, report

BLOCK, BATCH, LAYERS, HEADS, WIDTH = 64, 12, 4, 4, 128
STEPS, WARM_UP, HIGHEST, LOWEST = 2000, 100, 1e-3, 1e-4

learned, last, vocabulary, clock, (schedule, stride) = arguments()
stride = int(stride)


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.before_attention = torch.nn.LayerNorm(WIDTH, bias=False)
        self.attention = torch.nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.mix = torch.nn.Linear(WIDTH, WIDTH, bias=False)
        self.before_mlp = torch.nn.LayerNorm(WIDTH, bias=False)
        self.widen = torch.nn.Linear(WIDTH, 4 * WIDTH, bias=False)
        self.narrow = torch.nn.Linear(4 * WIDTH, WIDTH, bias=False)

    def forward(self, x):
        rows, length, _ = x.shape
        parts = self.attention(self.before_attention(x)).view(rows, length, 3, HEADS, WIDTH // HEADS)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        heads = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.mix(heads.transpose(1, 2).reshape(rows, length, WIDTH))
        return x + self.narrow(F.gelu(self.widen(self.before_mlp(x))))


class GPT(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = torch.nn.Embedding(vocabulary, WIDTH)
        self.places = torch.nn.Embedding(BLOCK, WIDTH)
        self.blocks = torch.nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.norm = torch.nn.LayerNorm(WIDTH, bias=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                # Each layer adds to the sum twice.
                ends_branch = name.endswith(('mix.weight', 'narrow.weight'))
                torch.nn.init.normal_(weight, std=0.02 / math.sqrt(2 * LAYERS) if ends_branch else 0.02)

    def forward(self, ids):
        x = self.tokens(ids) + self.places.weight[: ids.shape[1]]
        return self.norm(self.blocks(x)) @ self.tokens.weight.T


def rate(step):
    if step < WARM_UP:
        return HIGHEST * (step + 1) / (WARM_UP + 1)
    share = (step - WARM_UP) / (STEPS - WARM_UP) if schedule == 'published' else clock.share()
    return LOWEST + (HIGHEST - LOWEST) * (1 + math.cos(math.pi * min(share, 1))) / 2


def measure():
    nats, done = 0.0, 0
    targets = last[1:]
    # The first block, each of whose characters has all that is before it.
    logits = model(last[None, :BLOCK])[0]
    nats += F.cross_entropy(logits, targets[:BLOCK], reduction='sum').item()
    done = BLOCK
    windows = last.unfold(0, BLOCK, 1)
    while done < len(targets):
        # Windows that end where `stride` characters more are predicted than by the one before.
        ends = torch.arange(done + stride, done + 256 * stride + 1, stride).clamp(max=len(targets)).unique()
        logits = model(windows[ends - BLOCK])
        predicted = targets.unfold(0, BLOCK, 1)[ends - BLOCK]
        fresh = ends - torch.cat([torch.tensor([done]), ends[:-1]])
        counted = torch.arange(BLOCK)[None] >= BLOCK - fresh[:, None]
        nats += F.cross_entropy(logits[counted], predicted[counted], reduction='sum').item()
        done = int(ends[-1])
    return nats / len(targets)


model = GPT()
weights = list(model.parameters())
optimizer = torch.optim.AdamW(
    [
        {'params': [weight for weight in weights if weight.dim() == 2], 'weight_decay': 0.1},
        {'params': [weight for weight in weights if weight.dim() < 2], 'weight_decay': 0.0},
    ],
    lr=HIGHEST,
    betas=(0.9, 0.99),
)
steps = 0
while clock.share() < 1 and not (schedule == 'published' and steps == STEPS):
    for group in optimizer.param_groups:
        group['lr'] = rate(steps)
    begins = torch.randint(len(learned) - BLOCK, (BATCH, 1))
    some = learned[begins + torch.arange(BLOCK + 1)]
    loss = F.cross_entropy(model(some[:, :-1]).flatten(0, 1), some[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(weights, 1.0)
    optimizer.step()
    steps += 1
    clock.measures(lambda seconds: report(model, steps, seconds, measure))
clock.ends(lambda seconds, times: report(model, steps, seconds, measure, times))
