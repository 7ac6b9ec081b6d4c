"""Names of the attributes on spans of patterns and agents, all under ``pyagent.``."""

from __future__ import annotations

__all__ = ["PyAgentAttributes"]


class PyAgentAttributes:
    """Attribute keys; the server reads each of them."""

    PATTERN_TYPE = "pyagent.pattern.type"
    PATTERN_ROUNDS = "pyagent.pattern.rounds"
    PATTERN_CONSENSUS = "pyagent.pattern.consensus"
    PATTERN_ESCALATED = "pyagent.pattern.escalated"
    PATTERN_ESCALATION_LEVEL = "pyagent.pattern.escalation_level"

    ROUTER_DIFFICULTY = "pyagent.router.difficulty"
    ROUTER_DIFFICULTY_CATEGORY = "pyagent.router.difficulty_category"
    ROUTER_SELECTED_MODEL = "pyagent.router.selected_model"
    ROUTER_COST_ESTIMATE = "pyagent.router.cost_estimate"
    ROUTER_ALTERNATIVES = "pyagent.router.alternatives"

    COMPRESS_INPUT_TOKENS = "pyagent.compress.input_tokens"
    COMPRESS_OUTPUT_TOKENS = "pyagent.compress.output_tokens"
    COMPRESS_SAVINGS_PCT = "pyagent.compress.savings_pct"

    AGENT_NAME = "pyagent.agent.name"
    AGENT_ROLE = "pyagent.agent.role"
    AGENT_CONTRIBUTION = "pyagent.agent.contribution"

    COST_TOTAL_USD = "pyagent.cost.total_usd"
    COST_INPUT_TOKENS = "pyagent.cost.input_tokens"
    COST_OUTPUT_TOKENS = "pyagent.cost.output_tokens"
    COST_MODEL = "pyagent.cost.model"

    EXEC_DURATION_MS = "pyagent.exec.duration_ms"
    EXEC_TOKEN_ESTIMATE = "pyagent.exec.token_estimate"
    EXEC_LLM_CALLS = "pyagent.exec.llm_calls"
