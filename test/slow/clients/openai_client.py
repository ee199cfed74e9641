"""What the client `openai` for Python makes of a server: `python openai_client.py URL KEY MODEL`, JSON on standard output."""
import json
import sys

from openai import APIStatusError, OpenAI

url, key, model = sys.argv[1:]
client = OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)
ask = dict(model=model, prompt="We will", max_tokens=40, seed=7, temperature=0.8)

whole = client.completions.create(**ask, n=2, stop=[".", ","])
parts, usage = [], None
for part in client.completions.create(**ask, stream=True, stream_options={"include_usage": True}):
    parts += [choice.text for choice in part.choices]
    usage = part.usage or usage
beam = client.completions.create(
    model=model, prompt="We will", max_tokens=40, extra_body={"decoder": "beam", "beams": 4, "min_p": 0.01}
)
scored = client.completions.create(**{**ask, "max_tokens": 1}, echo=True, logprobs=2)


def error_of(call):
    try:
        call()
    except APIStatusError as error:
        return dict(name=type(error).__name__, status=error.status_code, param=error.param, code=error.code)


with client.completions.create(**{**ask, "max_tokens": 4000}, logit_bias={"1": -100}, stream=True) as left:
    next(iter(left))

print(json.dumps(dict(
    texts=[choice.text for choice in whole.choices],
    streamed="".join(parts),
    usage=usage.model_dump(include={"prompt_tokens", "completion_tokens", "total_tokens"}),
    beam=beam.choices[0].text,
    logprobs=scored.choices[0].logprobs.model_dump(),
    models=[one.id for one in client.models.list()],
    errors=dict(
        field=error_of(lambda: client.completions.create(**ask, n=0)),
        key=error_of(lambda: OpenAI(base_url=f"{url}/v1", api_key="wrong", max_retries=0).models.list()),
        chat=error_of(lambda: client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Hi"}])),
    ),
)))
