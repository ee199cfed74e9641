"""A saved model in PyTorch: prints the log-probability of every token of a sentence, as this library's `score` gives it.

usage: python load_in_torch.py DIRECTORY SENTENCE

Needs torch and safetensors, and for a model of word pieces sentencepiece. The format is described in models.md.
"""
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import linear


class ResetBeforeGRU(nn.GRU):
    """A GRU whose reset gate applies before the product, which is this library's default; parameters are nn.GRU's."""

    def forward(self, inputs, h_0):
        for parameters, h in zip(self.all_weights, h_0):
            (w_ih, w_hh, *biases), outputs = parameters, []
            gates_hh, candidate_hh = w_hh.split([2 * self.hidden_size, self.hidden_size])
            for x in linear(inputs, w_ih, sum(biases) if biases else None):
                gates, candidate = x.split([2 * self.hidden_size, self.hidden_size], dim=1)
                r, z = torch.sigmoid(gates + linear(h, gates_hh)).chunk(2, dim=1)
                n = torch.tanh(candidate + linear(r * h, candidate_hh))
                h = (1 - z) * n + z * h
                outputs.append(h)
            inputs = torch.stack(outputs)
        return inputs, None


class LanguageModel(nn.Module):
    def __init__(self, config):
        super().__init__()
        vocabulary, embedding, hidden, layers = (
            config[name] for name in ("vocabularySize", "embeddingSize", "hiddenSize", "layers")
        )
        # Of a GRU, older files say resetAfter instead.
        cell = "gruResetAfter" if config.get("resetAfter") else config["cell"]
        module = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": ResetBeforeGRU, "gruResetAfter": nn.GRU}[cell]
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.rnn = module(embedding, hidden, layers, bias=config["bias"])
        self.output = nn.Linear(hidden, vocabulary)
        if config["tieWeights"]:
            self.output.weight = self.embedding.weight
        learned = config["initialState"] == "learned"
        self.states = ["h_0", "c_0"] if config["cell"] == "lstm" else ["h_0"]
        for name in self.states:
            zeros = torch.zeros(layers, 1, hidden)
            if learned:
                self.register_parameter(name, nn.Parameter(zeros))
            else:
                self.register_buffer(name, zeros, persistent=False)

    def forward(self, ids):
        """Log-probabilities [time x batch x vocabulary] of what follows each of these ids, [time x batch]."""
        states = [getattr(self, name).expand(-1, ids.shape[1], -1).contiguous() for name in self.states]
        outputs, _ = self.rnn(self.embedding(ids), tuple(states) if len(states) > 1 else states[0])
        return torch.log_softmax(self.output(outputs), dim=-1)


def load(directory):
    config = json.loads((Path(directory) / "config.json").read_text(encoding="utf-8"))
    tensors = load_file(Path(directory) / "model.safetensors")
    if config["tieWeights"]:
        tensors["output.weight"] = tensors["embedding.weight"]
    model = LanguageModel(config)
    model.load_state_dict(tensors)
    return model.eval(), config


def encode(directory, config, text):
    path = Path(directory) / config["tokenizer"]
    if path.suffix == ".model":
        from sentencepiece import SentencePieceProcessor

        tokenizer = SentencePieceProcessor(model_file=str(path))
        shift = 0 if tokenizer.pad_id() == 0 else 1
        return [id + shift for id in tokenizer.encode(text)]
    characters = json.loads(path.read_text(encoding="utf-8"))["characters"]
    # Ids from 3 on; what is not found, at -1, is unknown: 2.
    return [characters.find(character) + 3 for character in text]


@torch.inference_mode()
def log_probabilities(directory, ids):
    """Of each of these ids, as it follows those before it; EOS is read to begin."""
    model, config = load(directory)
    targets = torch.tensor(ids)[:, None]
    inputs = torch.cat([torch.tensor([[config["eosId"]]]), targets[:-1]])
    return model(inputs).gather(2, targets[..., None]).flatten().tolist()


if __name__ == "__main__":
    directory, sentence = sys.argv[1:]
    config = json.loads((Path(directory) / "config.json").read_text(encoding="utf-8"))
    ids = [*encode(directory, config, sentence), config["eosId"]]
    for id, log_probability in zip(ids, log_probabilities(directory, ids)):
        print(id, f"{log_probability:.6f}")
