"""AgentPing's documented examples with only the import changed. Numbers are those of the acceptance scenarios."""

from __future__ import annotations

import re

import pytest
import vedette
import vedette.compat.agentping as agentping

from .conftest import Server

PARENT = "run_eu_018f3a2b9c1d7e8fa4b9c2d7e8f1a3b6"


def test_55_a_run_has_its_id_before_any_request_and_what_is_said_of_it(server: Server) -> None:
    agentping.init(api_key="apk_xxxxx")

    def triage() -> str:
        with agentping.run("support-triage", customer_id="acme-corp") as run:
            assert re.fullmatch(r"run_(eu|us)_[0-9a-f]{32}", run.id)
            run.log("classified")
            run.score("confidence", 0.9)
            return run.id

    run_id = triage()
    run = server.run()
    assert (run["id"], run["status"], run["customer_id"]) == (run_id, "success", "acme-corp")
    assert [(score["name"], score["value"]) for score in run["scores"]] == [("confidence", 0.9)]
    logs = [one for one in server.spans(run) if one["kind"] == "log"]
    assert len(logs) == 1
    assert "classified" in str(logs[0])


def test_55_the_id_is_there_with_the_network_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_ENDPOINT", "http://127.0.0.1:1")
    agentping.init(api_key="apk_xxxxx", region="us")
    with agentping.run("support-triage") as run:
        assert re.fullmatch(r"run_us_[0-9a-f]{32}", run.id)


def test_56_an_exception_fails_the_run_and_goes_on(server: Server) -> None:
    agentping.init(api_key="apk_xxxxx")
    with pytest.raises(ValueError, match="no"), agentping.run("support-triage"):
        raise ValueError("no")
    assert server.run()["status"] == "failed"


def test_60_the_environment_names_a_parent_and_an_explicit_one_goes_before_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTPING_PARENT_RUN", PARENT)
    agentping.init(api_key="apk_xxxxx")
    other = PARENT.replace("018f", "018e")
    with agentping.run("child"):
        pass
    with agentping.run("other", parent_run_id=other), agentping.run("grandchild"):
        pass
    parents = {run["agent"]: run["parent_run_id"] for run in server.runs()}
    assert (parents["child"], parents["other"]) == (PARENT, other)
    assert parents["grandchild"] not in (PARENT, other, None)


@pytest.mark.parametrize(
    ("variable", "options"), [("nonsense", {}), ("", {"parent_run_id": "run_eu_1"}), ("", {"region": "mars"})]
)
def test_60_misuse_raises_at_init(variable: str, options: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTPING_PARENT_RUN", variable)
    with pytest.raises(ValueError, match=r"parent|region"):
        agentping.init("apk_xxxxx", **options)


def test_62_a_heartbeat_is_a_run_without_content(server: Server) -> None:
    agentping.init(api_key="apk_xxxxx")
    agentping.heartbeat("daily-summary", status="ok", cost_usd=0.084)
    agentping.heartbeat("daily-summary", status="fail")
    ok, failed = server.runs()
    assert (ok["kind"], ok["status"], ok["cost_usd"], ok["event_count"]) == ("heartbeat", "success", "0.084", 0)
    assert ok["started_at"] == ok["finished_at"]
    assert (failed["status"], failed["agent"]) == ("failed", "daily-summary")


def test_the_first_line_of_the_document_is_enough(server: Server) -> None:
    agentping.init()
    with agentping.run("a"):
        agentping.log("one", level="warn")
        agentping.decision("refund", reason="late")
        agentping.event("custom", k=1)
    run = server.run()
    assert run["event_count"] == 3
    assert vedette.stats().dropped == 0
