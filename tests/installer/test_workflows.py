"""The workflows can't be run here; what they name is looked up instead."""

import re
import subprocess

import pytest
import yaml

from installer.windows.places import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def jobs(path):
    return yaml.safe_load(path.read_text("utf-8"))["jobs"].items()


def steps(path):
    return [step for _, job in jobs(path) for step in job["steps"]]


def scripts(path):
    return [step["run"] for step in steps(path) if "run" in step]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_commit_with_its_version(path):
    used = re.findall(r"uses: (\S+)(.*)", path.read_text("utf-8"))
    assert used
    for action, comment in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)
        assert re.search(r"# v\d+\.\d+\.\d+$", comment)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_one_action_has_one_commit_everywhere(path):
    everywhere = "".join(other.read_text("utf-8") for other in WORKFLOWS)
    for action, commit in re.findall(r"uses: ([\w./-]+)@(\w+)", path.read_text("utf-8")):
        assert set(re.findall(rf"uses: {action}@(\w+)", everywhere)) == {commit}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_job_it_waits_for_exists_and_time_is_limited(path):
    known = dict(jobs(path))
    for job in known.values():
        needs = job.get("needs", [])
        assert set([needs] if isinstance(needs, str) else needs) <= set(known)
        assert job["timeout-minutes"] <= 60


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_file_of_the_project_that_it_names_exists(path):
    named = re.findall(
        r"(?<![\w/$.-])((?:installer|tests|desktop|resources)/[\w./-]+)", "\n".join(scripts(path))
    )
    assert named
    for name in named:
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_target_of_the_makefile_that_it_names_exists(path):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^\s*make (\S+)", "\n".join(scripts(path)), re.MULTILINE):
        assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_module_that_it_runs_takes_these_arguments(path):
    for module, arguments in re.findall(r"python3? -m (installer[\w.]+)([^\n>|]*)", "\n".join(scripts(path))):
        assert (ROOT / (module.replace(".", "/") + ".py")).exists(), module
        if module.endswith(".build"):
            assert set(arguments.split()) <= {"all", "freeze", "pack", "--quick"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_script_is_one_that_a_shell_can_read(path):
    for script in scripts(path):
        plain = re.sub(r"\$\{\{.*?\}\}", "x", script)
        done = subprocess.run(["sh", "-n"], input=plain, text=True, capture_output=True, check=False)
        assert done.returncode == 0, f"{script}\n{done.stderr}"


def test_what_one_job_hands_on_is_what_another_takes():
    given, taken = set(), set()
    for step in steps(ROOT / ".github" / "workflows" / "release.yml"):
        name = step.get("with", {}).get("name")
        if "upload-artifact" in step.get("uses", ""):
            given.add(name)
        elif "download-artifact" in step.get("uses", ""):
            taken.add(name)
    assert taken and taken <= given


def test_a_release_signs_only_where_a_certificate_is_set_and_says_so():
    script = (ROOT / "installer" / "windows" / "sign_and_pack.sh").read_text("utf-8")
    named = re.findall(r"\$\{(CERTIFICATE\w*)", script)
    (step,) = [
        s
        for s in steps(ROOT / ".github" / "workflows" / "release.yml")
        if "sign_and_pack" in s.get("run", "")
    ]
    assert set(named) == set(step["env"])
    assert "NOT SIGNED" in script


def test_what_the_workflows_install_is_pinned_by_hash():
    locks = re.findall(r"installer/lock/[\w-]+\.txt", "".join(path.read_text("utf-8") for path in WORKFLOWS))
    assert locks
    for lock in locks:
        assert "--hash=sha256:" in (ROOT / lock).read_text("utf-8")
