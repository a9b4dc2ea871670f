"""Rules of OSS-Fuzz and ClusterFuzzLite for the files of an integration: project.yaml, Dockerfile, build.sh. Its presubmit asks the same.

Each function takes the text of a file and returns what is wrong with it, one sentence each.
"""

import re

LICENCE = "http://www.apache.org/licenses/LICENSE-2.0"
KEYS = set("""architectures auto_ccs blackbox builds_per_day coverage_extra_args disabled disable_remediation
    disable_remediation_pre_review fuzzing_engines help_url homepage language labels main_repo primary_contact run_tests sanitizers
    selective_unpack vendor_ccs view_restrictions file_github_issue indexer base_os_version""".split())
VALUES = {
    "language": {"c", "c++", "go", "javascript", "jvm", "python", "rust", "swift", "ruby", "lua"},
    "sanitizers": {"address", "none", "memory", "undefined", "thread", "coverage", "introspector", "hwaddress"},
    "fuzzing_engines": {"libfuzzer", "afl", "honggfuzz", "centipede", "none", "wycheproof"},
    "architectures": {"x86_64", "i386", "aarch64"},
}
BUILDER = "gcr.io/oss-fuzz-base/base-builder"


def read_yaml(text):
    """The subset of YAML that these files use: `key: value` and lists of one word a line. A ValueError names any other line."""
    found, key = {}, None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        item, pair = re.fullmatch(r"  - (\S+)", line), re.fullmatch(r"([a-z_]+):(?: +(.+))?", line)
        if item and isinstance(found.get(key), list):
            found[key].append(item[1])
        elif pair and pair[1] not in found:
            key = pair[1]
            found[key] = pair[2].strip('"') if pair[2] else []
        else:
            raise ValueError(f"line {number} is not understood: {line}")
    return found


def project_faults(text, offered):
    """`offered`: to google/oss-fuzz, which wants more than ClusterFuzzLite does."""
    try:
        project = read_yaml(text)
    except ValueError as error:
        return [str(error)]
    faults = [f"the key {key} is not allowed" for key in sorted(set(project) - KEYS)]
    for key in ("language", "main_repo", "homepage", "primary_contact") if offered else ("language",):
        if not project.get(key):
            faults.append(f"the key {key} is missing")
    for key, known in VALUES.items():
        values = project.get(key, [])
        faults += [f"{key} has no value {value}" for value in ([values] if isinstance(values, str) else values) if value not in known]
    if "libfuzzer" not in project.get("fuzzing_engines", ["libfuzzer"]):
        faults.append("libfuzzer must be among the engines")
    contact = project.get("primary_contact", "@.")
    if "@" not in contact or "." not in contact:
        faults.append(f"primary_contact is no e-mail address: {contact}")
    return faults


def _commands(text):
    """The instructions of a Dockerfile, each on one line, without comments."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return "\n".join(lines).replace("\\\n", " ").splitlines()


def dockerfile_faults(text, offered, version):
    """`version`: the base_os_version of the project, or None; the image has it as its tag."""
    faults = [] if LICENCE in text else ["it has no licence header"]
    commands = _commands(text)
    image = BUILDER + (":" + version if version else "")
    if not commands or commands[0] != "FROM " + image:
        faults.append(f"it must begin with FROM {image}")
    for command in commands:
        update, install = command.find("apt-get update"), command.find("apt-get install")
        if install >= 0 and not 0 <= update < install:
            faults.append("apt-get install without apt-get update before it")
    copied = "COPY build.sh $SRC/" if offered else "COPY .clusterfuzzlite/build.sh $SRC/"
    source = r"RUN git clone .*/weightsonly\.git \$SRC/weightsonly" if offered else r"COPY \. \$SRC/weightsonly"
    for wanted in (re.escape(copied), source, r"WORKDIR \$SRC/weightsonly"):
        if not any(re.fullmatch(wanted, command) for command in commands):
            faults.append(f"there is no instruction like: {wanted}")
    return faults


def script_faults(text):
    faults = [] if LICENCE in text else ["it has no licence header"]
    if not text.startswith("#!/bin/bash"):
        faults.append("it does not begin with #!/bin/bash")
    if "-lFuzzingEngine" in text:
        faults.append("it names -lFuzzingEngine; $LIB_FUZZING_ENGINE says what to link")
    return faults


def folder_faults(name, files):
    """`files`: the paths in the folder that is offered as projects/<name>."""
    faults = [f"{file}: seed corpora do not go to OSS-Fuzz" for file in files if file.endswith(".zip")]
    faults += [f"there is no {file}" for file in ("project.yaml", "Dockerfile", "build.sh") if file not in files]
    if not re.fullmatch(r"[a-z0-9_-]+", name) or "google" in name or "g00gle" in name:
        faults.append(f"{name} is no name for a project")
    return faults


def workflow_faults(text):
    """Workflows call our scripts or known actions, so that what CI does can be done by hand."""
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        step = re.match(r"\s*(?:- )?(run|uses): *(.*)", line)
        if step and step[1] == "run" and not step[2].startswith(("ci/", ".ci/", "${{ matrix.script }}")):
            faults.append(f"line {number} runs something that is no script of ci/: {step[2]}")
        if step and step[1] == "uses" and not re.match(r"(actions/checkout|google/clusterfuzzlite/actions/\w+)@v\d+$", step[2]):
            faults.append(f"line {number} uses an action that is not known here: {step[2]}")
    return faults
