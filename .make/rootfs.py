#!/usr/bin/env python3
"""Collects what an image needs and nothing else: one product, the libraries that the loader loads for it, the certificate
authorities, and the few files of /etc. Writes what is in it, and from where, as SPDX 2.3 JSON. The Dockerfile runs it.

Debian's packages are noted in /var/lib/dpkg/status.d, too, where scanners of images look for them, and their licences are
in /usr/share/doc/PACKAGE/copyright.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

PROJECT = pathlib.Path.cwd()
USER = 65532


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Root:
    """The files of the image, each with the package that it is from."""

    def __init__(self, path):
        self.path = path
        self.owners = {}

    def add(self, source, name, owner, mode=0o644):
        target = self.path / name.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(mode)
        self.owners["/" + name.lstrip("/")] = owner

    def write(self, name, text, owner):
        target = self.path / name.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        self.owners[name] = owner

    def directory(self, name, mode):
        target = self.path / name.lstrip("/")
        target.mkdir(parents=True, exist_ok=True)
        target.chmod(mode)


def libraries(program):
    """The paths of all that the loader loads, itself included (ldd(1)); the vDSO has none."""
    for line in output("ldd", str(program)).splitlines():
        words = line.split()
        if "=>" in words and words[words.index("=>") + 1] == "not":
            raise SystemExit(f"{program}: {words[0]} is missing")
        path = next((word for word in words if word.startswith("/")), None)
        if path:
            yield path


def debian_package(path):
    """The package that a file is from, by any of the names that Debian's merged /usr gives it."""
    real = os.path.realpath(path)
    names = [path, real, real.removeprefix("/usr"), "/usr" + path]
    for name in names:
        found = subprocess.run(["dpkg-query", "--search", name], capture_output=True, text=True)
        if found.returncode == 0:
            return found.stdout.split(": ")[0].split(",")[0].strip()
    raise SystemExit(f"no package has {path}")


def debian_field(package, field):
    return output("dpkg-query", "--show", f"--showformat=${{{field}}}", package)


def swift_packages(product):
    """The Swift packages that the product's targets, and those that these need, name."""
    manifest = json.loads(output("swift", "package", "dump-package"))
    targets = {target["name"]: target for target in manifest["targets"]}
    needed, seen, waiting = set(), set(), [product]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in targets:
            continue
        seen.add(name)
        for dependency in targets[name]["dependencies"]:
            if "product" in dependency:
                needed.add(dependency["product"][1].lower())
            else:
                waiting.append((dependency.get("byName") or dependency["target"])[0])
    lock = PROJECT / "Package.resolved"
    pins = json.loads(lock.read_text())["pins"] if lock.exists() else []
    return [pin for pin in pins if pin["identity"] in needed or pin["location"].split("/")[-1].lower() in needed]


def identifier(*parts):
    text = "-".join(parts)
    return "SPDXRef-" + "".join(c if c.isalnum() or c in ".-" else "-" for c in text)


def digest(path, kind):
    return hashlib.new(kind, path.read_bytes()).hexdigest()


class Document:
    """An SPDX document of a root (spdx.github.io/spdx-spec/v2.3)."""

    def __init__(self, product, version):
        seconds = int(os.environ.get("SOURCE_DATE_EPOCH", datetime.datetime.now().timestamp()))
        created = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.product = product
        self.packages = {}
        self.json = {
            "spdxVersion": "SPDX-2.3",
            "dataLicense": "CC0-1.0",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": f"{product} {version}, container image",
            "creationInfo": {"created": created, "creators": ["Tool: convene-rootfs"]},
            "packages": [],
            "files": [],
            "relationships": [],
        }
        self.version = version

    def package(self, key, name, version, purl=None, location="NOASSERTION", licence="NOASSERTION", comment=None, supplier=None):
        entry = {
            "SPDXID": identifier("Package", key),
            "name": name,
            "versionInfo": version,
            "downloadLocation": location,
            "filesAnalyzed": False,
            "licenseConcluded": "NOASSERTION",
            "licenseDeclared": licence,
            "copyrightText": "NOASSERTION",
            "supplier": supplier or "NOASSERTION",
        }
        if comment:
            entry["licenseComments"] = comment
        if purl:
            entry["externalRefs"] = [
                {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}
            ]
        self.packages[key] = entry
        self.json["packages"].append(entry)

    def relate(self, left, kind, right):
        self.json["relationships"].append(
            {"spdxElementId": left, "relationshipType": kind, "relatedSpdxElement": right}
        )

    def files(self, root):
        sums = {}
        for name, owner in sorted(root.owners.items()):
            path = root.path / name.lstrip("/")
            sha1 = digest(path, "sha1")
            entry = {
                "SPDXID": identifier("File", name.lstrip("/")),
                "fileName": "." + name,
                "checksums": [
                    {"algorithm": "SHA1", "checksumValue": sha1},
                    {"algorithm": "SHA256", "checksumValue": digest(path, "sha256")},
                ],
                "licenseConcluded": "NOASSERTION",
                "licenseInfoInFiles": ["NOASSERTION"],
                "copyrightText": "NOASSERTION",
            }
            self.json["files"].append(entry)
            package = self.packages[owner]
            sums.setdefault(owner, []).append(sha1)
            self.relate(package["SPDXID"], "CONTAINS", entry["SPDXID"])
        for owner, found in sums.items():
            package = self.packages[owner]
            package["filesAnalyzed"] = True
            # Section 7.9: of the files' sums, sorted, as one text.
            code = hashlib.sha1("".join(sorted(found)).encode()).hexdigest()
            package["packageVerificationCode"] = {"packageVerificationCodeValue": code}

    def text(self):
        own = self.packages[self.product]["SPDXID"]
        self.relate("SPDXRef-DOCUMENT", "DESCRIBES", own)
        for key, package in self.packages.items():
            if key != self.product:
                kind = "STATIC_LINK" if key.startswith("swift") else "DEPENDS_ON"
                self.relate(own, kind, package["SPDXID"])
        # Two documents with one name are one image.
        content = json.dumps([self.json["packages"], self.json["files"]], sort_keys=True)
        self.json["documentNamespace"] = (
            f"urn:spdx:{self.product}:{self.version}:{hashlib.sha256(content.encode()).hexdigest()}"
        )
        return json.dumps(self.json, indent=1, sort_keys=True) + "\n"


def collect(product, root):
    """Puts all files into the root. Returns the names of Debian's packages that they are from."""
    program = PROJECT / ".build/release" / product
    root.add(program, f"/usr/local/bin/{product}", product, 0o755)
    packages = set()
    for path in libraries(program):
        package = debian_package(path)
        packages.add(package)
        # Where Debian has it, by the name that the loader asks for.
        place = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        root.add(path, place, package, 0o755)
    # As Debian has it: the loader's name begins with /lib or /lib64.
    for name in ("lib", "lib64"):
        if (root.path / "usr" / name).is_dir():
            (root.path / name).symlink_to(f"usr/{name}")
    authorities = "/etc/ssl/certs/ca-certificates.crt"
    root.add(authorities, authorities, "ca-certificates")
    packages.add("ca-certificates")
    # Scanners ask it which distribution the packages are of.
    release = os.path.realpath("/etc/os-release")
    root.add(release, "/etc/os-release", debian_package(release))
    packages.add(debian_package(release))
    for package in sorted(packages):
        name = package.split(":")[0]
        root.add(f"/usr/share/doc/{name}/copyright", f"/usr/share/doc/{name}/copyright", package)
        status = output("dpkg-query", "--status", package)
        root.write(f"/var/lib/dpkg/status.d/{name}", status, package)
    users = f"root:x:0:0:root:/:/sbin/nologin\nconvene:x:{USER}:{USER}:Convene:/nonexistent:/sbin/nologin\n"
    root.write("/etc/passwd", users, product)
    root.write("/etc/group", f"root:x:0:\nconvene:x:{USER}:\n", product)
    # Both are in glibc itself; no other is there to load.
    root.write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n", product)
    # Any user may be told to run it, and gets a file of its own there that no other can replace.
    root.directory("/var/lib/convene", 0o1777)
    root.directory("/run/convene", 0o1777)
    root.directory("/tmp", 0o1777)
    return packages


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--product", required=True)
    parser.add_argument("--version", default="0")
    parser.add_argument("--into", required=True, type=pathlib.Path)
    parser.add_argument("--file", action="append", default=[], metavar="SOURCE=PLACE", help="a further file of the image's")
    arguments = parser.parse_args()

    root = Root(arguments.into)
    packages = collect(arguments.product, root)
    for file in arguments.file:
        source, place = file.split("=")
        root.add(source, place, arguments.product)
    document = Document(arguments.product, arguments.version)
    document.package(arguments.product, arguments.product, arguments.version)
    architecture = output("dpkg", "--print-architecture").strip()
    for package in sorted(packages):
        name = package.split(":")[0]
        version = debian_field(package, "Version")
        document.package(
            package,
            name,
            version,
            purl=f"pkg:deb/debian/{name}@{version.replace('+', '%2B')}?arch={architecture}&distro=debian-12",
            comment=f"/usr/share/doc/{name}/copyright",
            supplier="Organization: Debian",
        )
    for pin in swift_packages(arguments.product):
        location = pin["location"]
        state = pin["state"]
        version = state.get("version") or state["revision"]
        place = location.removeprefix("https://").removesuffix(".git")
        document.package(
            f"swift-package-{pin['identity']}",
            pin["identity"],
            version,
            purl=f"pkg:swift/{place}@{version}",
            location=f"git+{location.removesuffix('.git')}.git@{state['revision']}",
        )
    toolchain = output("swift", "--version").split("Swift version ")[1].split()[0]
    document.package(
        "swift-runtime",
        "swift",
        toolchain,
        location="https://www.swift.org",
        licence="Apache-2.0 WITH Swift-exception",
        comment="the standard library and Foundation, linked statically",
        purl=f"pkg:swift/github.com/swiftlang/swift@{toolchain}",
    )
    document.files(root)
    target = arguments.into / f"usr/share/{arguments.product}/sbom.spdx.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(document.text())
    size = sum(path.stat().st_size for path in root.path.rglob("*") if path.is_file() and not path.is_symlink())
    print(f"{len(root.owners)} files, {size / 1e6:.1f} MB, {len(document.packages)} packages")


main()
