//! One spelling for each provider, and the provider that a model's name gives away.

use std::borrow::Cow;

/// Names of frameworks, and of what only passes calls on, that arrive where a provider's should.
const FRAMEWORKS: &[&str] = &[
    "ag2",
    "agno",
    "autogen",
    "crewai",
    "gateway",
    "gcp.vertex.agent",
    "haystack",
    "langchain",
    "langgraph",
    "litellm",
    "llamaindex",
    "microsoft.agent_framework",
    "openai_agents",
    "pydantic-ai",
    "smolagents",
    "strands-agents",
    "unknown",
];

/// The normalized name, or `None` for a framework's.
#[must_use]
pub fn provider(sent: &str) -> Option<Cow<'_, str>> {
    let lower: Cow<'_, str> = if sent.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(sent.trim().to_ascii_lowercase())
    } else {
        Cow::Borrowed(sent.trim())
    };
    if lower.is_empty() || FRAMEWORKS.contains(&&*lower) {
        return None;
    }
    let known = match &*lower {
        "openai" | "openai.chat" | "openai.responses" | "openai.completion" | "openai.embedding" => "openai",
        "azure" | "az.ai.openai" | "azureopenai" | "azure_openai" | "azure-openai" | "azure.openai" => {
            "azure.ai.openai"
        }
        "az.ai.inference" => "azure.ai.inference",
        "anthropic" | "anthropic.messages" | "claude" => "anthropic",
        "aws" | "bedrock" | "amazon-bedrock" | "amazon_bedrock" | "aws_bedrock" | "bedrock_converse" | "amazon" => {
            "aws.bedrock"
        }
        "google"
        | "gemini"
        | "gcp.gemini"
        | "gcp.gen_ai"
        | "google_genai"
        | "google.generative-ai"
        | "google_generativeai"
        | "googleai" => "gcp.gemini",
        "vertex" | "vertex.anthropic" | "vertex_ai" | "vertexai" | "gcp.vertex_ai" | "google.vertex"
        | "google_vertexai" => "gcp.vertex_ai",
        "mistral" | "mistralai" | "mistral_ai" => "mistral_ai",
        "xai" | "x_ai" | "x-ai" => "x_ai",
        "cohereai" | "cohere_chat" => "cohere",
        "togetherai" | "together_ai" => "together",
        "fireworks_ai" | "fireworksai" => "fireworks",
        "perplexity" | "perplexity_ai" => "perplexity",
        _ => return Some(cut_api(lower)),
    };
    Some(Cow::Borrowed(known))
}

/// `anthropic.messages` or `google.vertex.chat` of the Vercel SDK: the longest beginning that is known.
fn cut_api(name: Cow<'_, str>) -> Cow<'_, str> {
    const APIS: &[&str] =
        &["chat", "messages", "responses", "completion", "embedding", "image", "transcription", "speech"];
    match name.rsplit_once('.') {
        Some((first, api)) if APIS.contains(&api) => match provider(first) {
            Some(known) => Cow::Owned(known.into_owned()),
            None => name,
        },
        _ => name,
    }
}

/// What Bedrock names its models by: the vendor, and before it the region that its profiles span.
const VENDORS: &[&str] = &[
    "ai21",
    "amazon",
    "anthropic",
    "cohere",
    "deepseek",
    "meta",
    "minimax",
    "mistral",
    "moonshot",
    "openai",
    "qwen",
    "writer",
];
const REGIONS: &[&str] = &["us.", "us-gov.", "eu.", "apac.", "au.", "ca.", "jp.", "global."];

/// The provider that a model's name gives away, for spans that name a framework or nobody.
#[must_use]
pub fn of_model(model: &str) -> Option<&'static str> {
    if let Some((prefix, rest)) = model.split_once('/') {
        // `openai/gpt-4o`: the router's spelling; `models/gemini-2.5`: Google's own.
        return match prefix {
            "models" => of_model(rest),
            "openai" => Some("openai"),
            "anthropic" => Some("anthropic"),
            "gemini" | "google" => Some("gcp.gemini"),
            "vertex_ai" => Some("gcp.vertex_ai"),
            "bedrock" => Some("aws.bedrock"),
            "azure" => Some("azure.ai.openai"),
            "mistral" | "mistralai" => Some("mistral_ai"),
            "groq" => Some("groq"),
            "xai" | "x-ai" => Some("x_ai"),
            "deepseek" => Some("deepseek"),
            "cohere" => Some("cohere"),
            _ => None,
        };
    }
    let local = REGIONS.iter().find_map(|region| model.strip_prefix(region)).unwrap_or(model);
    if let Some((vendor, _)) = local.split_once('.')
        && VENDORS.contains(&vendor)
    {
        return Some("aws.bedrock");
    }
    const PREFIXES: &[(&str, &str)] = &[
        ("chatgpt-", "openai"),
        ("claude", "anthropic"),
        ("codestral", "mistral_ai"),
        ("command", "cohere"),
        ("deepseek", "deepseek"),
        ("devstral", "mistral_ai"),
        ("ft:gpt", "openai"),
        ("gemini", "gcp.gemini"),
        ("gpt-", "openai"),
        ("grok", "x_ai"),
        ("magistral", "mistral_ai"),
        ("ministral", "mistral_ai"),
        ("mistral", "mistral_ai"),
        ("o1", "openai"),
        ("o3", "openai"),
        ("o4", "openai"),
        ("pixtral", "mistral_ai"),
        ("text-embedding-3", "openai"),
        ("text-embedding-ada", "openai"),
    ];
    PREFIXES.iter().find(|(prefix, _)| model.starts_with(prefix)).map(|(_, provider)| *provider)
}

#[cfg(test)]
mod tests {
    use super::{of_model, provider};

    #[test]
    fn every_spelling_of_a_provider_is_one() {
        for (sent, is) in [
            ("OpenAI", Some("openai")),
            ("openai.responses", Some("openai")),
            ("az.ai.openai", Some("azure.ai.openai")),
            ("vertex_ai", Some("gcp.vertex_ai")),
            ("google.generative-ai", Some("gcp.gemini")),
            ("Anthropic", Some("anthropic")),
            ("mistralai", Some("mistral_ai")),
            ("aws", Some("aws.bedrock")),
            ("groq.chat", Some("groq")),
            ("google.vertex.chat", Some("gcp.vertex_ai")),
            ("amazon_bedrock", Some("aws.bedrock")),
            ("openai.transcription", Some("openai")),
            ("gateway", None),
            ("some.own.gateway", Some("some.own.gateway")),
            ("Langchain", None),
            ("strands-agents", None),
            ("", None),
        ] {
            assert_eq!(provider(sent).as_deref(), is, "{sent}");
        }
    }

    #[test]
    fn a_model_gives_its_provider_away() {
        for (model, is) in [
            ("gpt-4o-mini-2026-01-01", Some("openai")),
            ("us.anthropic.claude-sonnet-4-5-v1:0", Some("aws.bedrock")),
            ("global.anthropic.claude-sonnet-4-5", Some("aws.bedrock")),
            ("mistral.mistral-large-2402-v1:0", Some("aws.bedrock")),
            ("us.amazon.nova-pro-v1:0", Some("aws.bedrock")),
            ("claude-sonnet-4-5", Some("anthropic")),
            ("mistral-large-latest", Some("mistral_ai")),
            ("models/gemini-2.5-pro", Some("gcp.gemini")),
            ("gemini/gemini-2.5-flash", Some("gcp.gemini")),
            ("llama-3", None),
            ("my/own", None),
        ] {
            assert_eq!(of_model(model), is, "{model}");
        }
    }
}
