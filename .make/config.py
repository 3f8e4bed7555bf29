#!/usr/bin/env python3
"""Judges every YAML file under config/, and the unit of systemd, each by its own kind's schema or tool.

  a file whose first line names a schema     that schema (config/schema/)
  config/compose.yaml                        the Compose specification
  config/kubernetes/                         Kubernetes' own schemas, strictly; and the configuration that a ConfigMap holds, ours
  config/observability/                      what every alert must have; and promtool's word, where this machine has it
  config/systemd/convene.service             systemd-analyze, where this machine has it: exposure below 2.0

A file that is none of these is an error: nothing would judge it.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

TOOLS = pathlib.Path(sys.executable).parent
CONFIG = pathlib.Path("config")
SCHEMAS = CONFIG / "schema"
MOST_EXPOSURE = 19  # tenths


class Judge:
    def __init__(self):
        self.faults = 0

    def fault(self, text):
        print(text, file=sys.stderr)
        self.faults += 1

    def run(self, *command):
        result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if result.returncode != 0:
            self.fault((result.stdout + result.stderr).strip())

    def schema(self, file, schema):
        self.run(TOOLS / "check-jsonschema", "--schemafile", schema, file)

    def kubernetes(self, file):
        self.run(TOOLS / "kubernetes-validate", "--strict", "--quiet", file)
        for document in yaml.safe_load_all(file.read_text()):
            if document["kind"] != "ConfigMap":
                continue
            for name, text in document["data"].items():
                if not name.endswith(".yaml"):
                    continue
                kind = "team" if "team" in yaml.safe_load(text) else "gateway"
                with tempfile.TemporaryDirectory() as folder:
                    part = pathlib.Path(folder) / name
                    part.write_text(text)
                    self.schema(part, SCHEMAS / f"{kind}.schema.json")

    def yaml_file(self, file):
        named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", file.read_text())
        if named:
            self.schema(file, file.parent / named[1])
        elif file == CONFIG / "compose.yaml":
            self.run(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", file)
        elif file.is_relative_to(CONFIG / "kubernetes"):
            self.kubernetes(file)
        elif file.is_relative_to(CONFIG / "observability"):
            self.rules(file)
        else:
            self.fault(f"{file}: nothing judges it; its first line should name its schema")

    def rules(self, file):
        if file.name.endswith(".test.yaml"):
            self.promtool("test", file)
            return
        for group in yaml.safe_load(file.read_text())["groups"]:
            for rule in group["rules"]:
                name = rule.get("alert", "a rule without a name")
                unknown = set(rule) - {"alert", "expr", "for", "labels", "annotations"}
                lacking = {"summary", "description", "runbook_url"} - set(rule.get("annotations", {}))
                if unknown or lacking or rule.get("labels", {}).get("severity") not in ("critical", "warning", "info"):
                    self.fault(f"{file}: {name}: unknown {unknown or '-'}, lacking {lacking or '-'}, or its severity")
        self.promtool("check", file)

    def promtool(self, verb, file):
        # Some 50 MB: not fetched for this.
        if shutil.which("promtool"):
            self.run("promtool", verb, "rules", file)
        else:
            print(f"{file}: not judged by promtool, there is none here", file=sys.stderr)

    def unit(self, file):
        if shutil.which("systemd-analyze"):
            analysis = ("systemd-analyze", "security", "--offline=yes", "--no-pager", f"--threshold={MOST_EXPOSURE}")
            result = subprocess.run([*analysis, str(file)], capture_output=True, text=True)
            if result.returncode != 0:
                # The whole table has a line for each setting.
                self.fault(f"{file}: {(result.stdout + result.stderr).strip().splitlines()[-1]}")
        else:
            print(f"{file}: not judged, there is no systemd-analyze here", file=sys.stderr)


judge = Judge()
for path in sorted(CONFIG.rglob("*.yaml")):
    judge.yaml_file(path)
for path in sorted(CONFIG.rglob("*.service")):
    judge.unit(path)
sys.exit(1 if judge.faults else 0)
