"""PyTorch decoding loops over a model that babblebrook saved: greedy, sampling, beam search, many prompts at once.

usage: torch_decode.py DIRECTORY LENGTH REPEATS
Prints a line of JSON for each: name, tokens per second, milliseconds to the first token (medians). EOS is never chosen,
so that every sentence has LENGTH tokens, as in the loops it is compared with.
"""
import json
import statistics
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import load_file

path, length, repeats = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
EOS, EXCLUDED = 1, [0, 1, 2]

config = json.loads((path / 'config.json').read_text())
MODULES = {'lstm': torch.nn.LSTM, 'gruResetAfter': torch.nn.GRU}
assert config['cell'] in MODULES and config['layers'] == 1, 'an LSTM or a GRU of one layer is compared'
assert not config['tieWeights'] and config['initialState'] == 'zero', 'of the plainest kind'
vocabulary, size, hidden = config['vocabularySize'], config['embeddingSize'], config['hiddenSize']
embedding, recurrent = torch.nn.Embedding(vocabulary, size), MODULES[config['cell']](size, hidden, bias=config['bias'])
output = torch.nn.Linear(hidden, vocabulary)
modules = torch.nn.ModuleDict({'embedding': embedding, 'rnn': recurrent, 'output': output})
modules.load_state_dict(load_file(path / 'model.safetensors'))


def step(ids, state):
    hidden_states, state = recurrent(embedding(ids)[None], state)
    logits = output(hidden_states[0])
    logits[:, EXCLUDED] = -torch.inf
    return torch.log_softmax(logits, dim=-1), state


def rows(state, pick):
    """The state with its rows picked: an LSTM has two parts, a GRU one."""
    return tuple(pick(part) for part in state) if isinstance(state, tuple) else pick(state)


def greedy():
    ids, state = torch.tensor([EOS]), None
    for _ in range(length):
        log_probabilities, state = step(ids, state)
        ids = log_probabilities.argmax(dim=-1)
        yield [ids.item()]


def sampling(batch=1):
    ids, state = torch.full([batch], EOS), None
    for _ in range(length):
        log_probabilities, state = step(ids, state)
        ids = torch.multinomial(log_probabilities.exp(), 1)[:, 0]
        yield ids.tolist()


def beam(beams):
    log_probabilities, state = step(torch.tensor([EOS]), None)
    totals, ids = log_probabilities[0].topk(min(beams, vocabulary))
    state = rows(state, lambda part: part.repeat(1, len(ids), 1))
    sequences = ids[:, None]
    for _ in range(length - 1):
        log_probabilities, state = step(ids, state)
        totals, flat = (totals[:, None] + log_probabilities).flatten().topk(beams)
        parents, ids = flat // vocabulary, flat % vocabulary
        state = rows(state, lambda part: part.index_select(1, parents))
        sequences = torch.cat([sequences.index_select(0, parents), ids[:, None]], dim=1)
    yield sequences[0].tolist()


RUNS = {
    'greedy': greedy,
    'sampling': sampling,
    'beam search, K = 8': lambda: beam(8),
    'beam search, K = 32': lambda: beam(32),
    '64 prompts, sampling': lambda: sampling(64),
}


def measure(run):
    speeds, firsts = [], []
    for repeat in range(repeats + 1):
        tokens, first, start = 0, None, time.perf_counter()
        for ids in run():
            first = first if first is not None else time.perf_counter() - start
            tokens += len(ids)
        if repeat > 0:
            speeds.append(tokens / (time.perf_counter() - start))
            firsts.append(first * 1000)
    return statistics.median(speeds), statistics.median(firsts)


# The better of one thread and two: which one that is depends on the machine's load.
with torch.inference_mode():
    for name, run in RUNS.items():
        best = (0, 0)
        for threads in 1, 2:
            torch.set_num_threads(threads)
            best = max(best, measure(run))
        print(json.dumps({'name': name, 'speed': best[0], 'first': best[1]}), flush=True)
