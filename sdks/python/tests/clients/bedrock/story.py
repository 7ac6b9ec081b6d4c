"""Bedrock through boto3: Converse and a model called in its own format, streaming, a tool call, an error. There is no
async client."""

import json

import boto3
import vedette

vedette.init()

MODEL = "anthropic.claude-sonnet-4-5-20250929-v1:0"
TOOLS = {
    "tools": [
        {
            "toolSpec": {
                "name": "get_weather",
                "description": "The weather in a city",
                "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}},
            }
        }
    ]
}
QUESTION = {"role": "user", "content": [{"text": "What is the weather in Paris?"}]}
GOODBYE = {"modelId": MODEL, "messages": [{"role": "user", "content": [{"text": "Say goodbye."}]}]}
NATIVE = {
    "modelId": MODEL,
    "body": json.dumps(
        {
            "anthropic_version": "bedrock-2023-05-31",
            "max_tokens": 100,
            "messages": [{"role": "user", "content": "Say goodbye."}],
        }
    ),
}
client = boto3.client("bedrock-runtime")


@vedette.span(kind="tool")
def get_weather(city):
    return f"18 degrees in {city}"


with vedette.run("converse-agent", session="session-1", user_id="user-42"):
    asked = client.converse(modelId=MODEL, messages=[QUESTION], toolConfig=TOOLS)["output"]["message"]
    (call,) = [block["toolUse"] for block in asked["content"]]
    answer = {"toolUseId": call["toolUseId"], "content": [{"text": get_weather(**call["input"])}]}
    turns = [QUESTION, asked, {"role": "user", "content": [{"toolResult": answer}]}]
    client.converse(modelId=MODEL, messages=turns, toolConfig=TOOLS)
    for _ in client.converse_stream(**GOODBYE)["stream"]:
        pass

with vedette.run("invoke-agent"):
    client.invoke_model(**NATIVE)["body"].read()
    for _ in client.invoke_model_with_response_stream(**NATIVE)["body"]:
        pass

try:
    with vedette.run("broken-agent"):
        client.converse(modelId="broken", messages=[{"role": "user", "content": [{"text": "Will this fail?"}]}])
except client.exceptions.ResourceNotFoundException:
    pass
