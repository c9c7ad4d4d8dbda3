"""The pure parts of the bench: prompts, figures, targets, tables. Speed itself is never tested."""

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from desktop.drafting.prompt import END
from model_export.bench import report, subjects


def spread(median: float) -> dict[str, float]:
    return report.spread([median])


def entry(name: str, one: float, five: float | None = None) -> dict[str, Any]:
    rates = {"1": spread(one)} | ({"5": spread(five)} if five else {})
    return {
        "name": name, "missing": None, "notes": "", "tokens_per_s": rates, "first_token_ms": spread(9.0),
        "same_choices": 96, "file_bytes": 70_000_000,
    }  # fmt: skip


def missing(name: str) -> dict[str, Any]:
    return {"name": name, "missing": "not | installed", "notes": ""}


def a_run(*contenders: dict[str, Any]) -> dict[str, Any]:
    app = {
        "load_ms": spread(200), "first_load_ms": 300.0, "first_token_ms": spread(61), "file_bytes": 9_000_000,
        "three_listings_ms": spread(1500), "tokens_per_s": {"12": spread(800)},
        "memory_mb": {"peak": 240.0, "resident": 230.0}, "window_memory_mb": {"missing": "no Qt"},
        "drawing": {
            "1": {"percent": spread(7), "us_per_token": spread(100)},
            "12": {"percent": spread(11), "us_per_token": spread(40)},
        },
        "speculation": {
            "rewriting": {"with": spread(130), "without": spread(100), "same_texts": 5, "texts": 5},
            "completion": {"with": spread(129), "without": spread(100), "same_texts": 5, "texts": 5},
        },
    }  # fmt: skip
    run = {
        "machine": {"cpu": "a processor"}, "threads": 2, "rounds": 5, "prompt_tokens": 64, "new_tokens": 96,
        "long_prompt_tokens": 300, "app": app,
        "models": [{"name": "GPT-2 124M", "about": "12 × 768", "contenders": list(contenders)}],
    }  # fmt: skip
    return run | {"targets": [target.as_json() for target in report.targets(run)]}


@pytest.fixture
def run() -> dict[str, Any]:
    return a_run(
        entry("transformers generate, fp32", 30, 70),
        missing("CTranslate2, int8"),
        entry("llama.cpp, Q8_0", 170, 300),
        entry("llama.cpp, Q4_0", 250, 400),
        entry("Stallhand, int8", 238, 500),
        entry("Stallhand, 4-bit", 312, 550),
    )


def verdicts(run: dict[str, Any]) -> dict[str, tuple[float | None, str]]:
    return {target["what"]: (target["value"], target["verdict"]) for target in run["targets"]}


def test_a_spread_is_median_least_and_most() -> None:
    assert report.spread([3.0, 1.0, 2.004]) == {"median": 2.0, "min": 1.0, "max": 3.0}
    with pytest.raises(ValueError, match="nothing was measured"):
        report.spread([])


def test_speeds_are_judged_by_their_ratios(run: dict[str, Any]) -> None:
    judged = verdicts(run)
    assert judged["GPT-2 124M: one text, 4-bit over llama.cpp Q4_0"] == (1.25, "PASS")
    assert judged["GPT-2 124M: one text, int8 over llama.cpp Q8_0"] == (1.4, "PASS")
    assert judged["GPT-2 124M: one text, 4-bit over transformers"] == (10.4, "PASS")
    assert judged["GPT-2 124M: five texts, 4-bit over llama.cpp's one (Q4_0)"] == (2.2, "PASS")
    assert judged["GPT-2 124M: 4-bit file"] == (70.0, "PASS")


def test_a_missing_contender_leaves_its_target_unmeasured_and_says_so(run: dict[str, Any]) -> None:
    judged = verdicts(run)
    assert judged["GPT-2 124M: one text, 4-bit over CTranslate2 int8"] == (
        None, "not measured: CTranslate2, int8 is missing",
    )  # fmt: skip
    assert judged["GPT-2 124M: one text, 4-bit over optimum's int8 graph"] == (
        None, "not measured: optimum's graph, int8, numpy loop was left out",
    )  # fmt: skip
    assert judged["memory while drafting, with the window"] == (None, "not measured: no Qt")


def test_the_apps_figures_have_limits(run: dict[str, Any]) -> None:
    judged = verdicts(run)
    assert judged["model load"] == (200.0, "PASS")
    assert judged["Draft to the first token"] == (61.0, "short of it")
    assert judged["Draft to three best of twelve"] == (1500.0, "PASS")
    assert judged["rewriting with guessed tokens over without"] == (1.3, "PASS")
    assert judged["completion with guessed tokens over without"] == (1.29, "short of it")


def test_an_app_that_could_not_be_measured_is_named(run: dict[str, Any]) -> None:
    run["app"] = {"missing": "no model"}
    limits = list(report.limits(run["app"]))
    assert limits and {target.verdict for target in limits} == {"not measured: no model"}
    assert "| all | missing: no model |" in report.markdown(run)


def test_the_table_names_what_is_missing_with_its_reason(run: dict[str, Any]) -> None:
    text = report.markdown(run)
    assert "| CTranslate2, int8 | missing: not \\| installed |" in text
    assert "| llama.cpp, Q4_0 | 250 (250–250) | 400 (400–400) |" in text
    tables = [line for line in text.splitlines() if line.startswith("| llama.cpp") or "| one |" in line]
    assert len({line.count("|") for line in tables}) == 1


def test_a_busy_machine_is_named(run: dict[str, Any]) -> None:
    assert "busy" not in report.markdown(run)
    run["machine"]["others_load"] = 1.5
    assert "Others were busy here when it began (load 1.5)" in report.markdown(run)


def test_the_chart_is_drawn_also_with_a_missing_contender(run: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    report.chart(run, tmp_path / "bench.png")
    assert (tmp_path / "bench.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("size", [257, 8192, 50_257])
def test_a_made_up_vocabulary_has_its_size_and_reads_back_what_it_reads(size: int) -> None:
    tokenizer = subjects.made_up_tokenizer(size)
    assert tokenizer.get_vocab_size() == size
    text = "any text, naïve – and 12 more"
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_a_vocabulary_of_more_than_all_pairs_is_refused() -> None:
    with pytest.raises(ValueError, match="no vocabulary of 70000 tokens"):
        subjects.made_up_tokenizer(70_000)


@pytest.mark.parametrize("own", [False, True])
def test_prompts_read_back_the_same_and_none_begins_like_another(tmp_path: Path, own: bool) -> None:
    bundled = Path(__file__).parents[2] / "resources" / "model" / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(bundled)) if own else subjects.made_up_tokenizer(8192)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    lengths = [64, 64, 300] * 6
    made = subjects.prompts(tmp_path, lengths=lengths)
    assert [len(prompt) for prompt in made] == lengths
    assert len({prompt[:8] for prompt in made}) == len(made)
    for prompt in made:
        text = tokenizer.decode(prompt, skip_special_tokens=False)
        assert tuple(tokenizer.encode(text, add_special_tokens=False).ids) == prompt


def test_prompts_longer_than_the_texts_are_refused(tmp_path: Path) -> None:
    subjects.made_up_tokenizer(8192).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ValueError, match="too short"):
        subjects.prompts(tmp_path, lengths=[100_000])


def test_a_folder_without_weights_is_no_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({}), "utf-8")
    with pytest.raises(FileNotFoundError, match=r"no checkpoint: it has no model\.safetensors"):
        subjects.copy_checkpoint(tmp_path, tmp_path / "copy")


def test_the_end_token_is_in_the_made_up_vocabulary() -> None:
    assert subjects.made_up_tokenizer(300).token_to_id(END) == 0
