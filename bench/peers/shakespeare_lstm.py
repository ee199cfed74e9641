"""A character LSTM by the recipe of char-rnn: two layers, 50 rows, windows of 50, dropout 0.5, RMSprop at 2e-3 with a decay of 0.95,
gradients cut to ±5 each, the rate × 0.97 an epoch after the tenth, the state carried from window to window.

usage: shakespeare_lstm.py CORPUS MINUTES THREADS HIDDEN. Measured over the whole last tenth, the state carried over all of it.
"""
import torch
from torch.nn import functional as F

from shakespeare_text import arguments, report

ROWS, WINDOW, LAYERS, DROPOUT = 50, 50, 2, 0.5
RATE, RATE_DECAY, DECAYS_AFTER, CLIP = 2e-3, 0.97, 10, 5

learned, last, vocabulary, clock, (hidden,) = arguments()
hidden = int(hidden)


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(vocabulary, hidden, LAYERS, dropout=DROPOUT)
        self.dropout = torch.nn.Dropout(DROPOUT)
        self.projection = torch.nn.Linear(hidden, vocabulary)
        for weight in self.parameters():
            torch.nn.init.uniform_(weight, -0.08, 0.08)
        for layer in range(LAYERS):
            with torch.no_grad():
                # PyTorch has two biases a gate, which are added; the second gate is the forget gate.
                getattr(self.lstm, f'bias_ih_l{layer}')[hidden : 2 * hidden] = 1
                getattr(self.lstm, f'bias_hh_l{layer}')[hidden : 2 * hidden] = 0

    def forward(self, ids, state):
        outputs, state = self.lstm(F.one_hot(ids, vocabulary).float(), state)
        return self.projection(self.dropout(outputs)), state


def measure():
    nats, state = 0.0, None
    for begin in range(0, len(last) - 1, 1000):
        targets = last[begin + 1 : begin + 1001]
        logits, state = model(last[begin : begin + len(targets), None], state)
        nats += F.cross_entropy(logits[:, 0], targets, reduction='sum').item()
    return nats / (len(last) - 1)


model = Model()
optimizer = torch.optim.RMSprop(model.parameters(), lr=RATE, alpha=0.95)
windows = (len(learned) - 1) // (ROWS * WINDOW)
length = windows * WINDOW
inputs = learned[: ROWS * length].view(ROWS, length).T
targets = learned[1 : ROWS * length + 1].view(ROWS, length).T
steps, state = 0, None
while clock.share() < 1:
    epoch, window = divmod(steps, windows)
    for group in optimizer.param_groups:
        group['lr'] = RATE * RATE_DECAY ** max(0, epoch + 1 - DECAYS_AFTER)
    here = slice(window * WINDOW, (window + 1) * WINDOW)
    logits, state = model(inputs[here], state)
    state = tuple(part.detach() for part in state)
    loss = F.cross_entropy(logits.flatten(0, 1), targets[here].flatten())
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_value_(model.parameters(), CLIP)
    optimizer.step()
    steps += 1
    clock.measures(lambda seconds: report(model, steps, seconds, measure))
clock.ends(lambda seconds, times: report(model, steps, seconds, measure, times))
