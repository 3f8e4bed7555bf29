"""Where things are: the checkout, its tools, and the scratch directory of a run."""

import pathlib

HERE = pathlib.Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
BINARIES = CHECKOUT / ".build" / "release"
TOOLS = CHECKOUT / ".build" / "bench" / "tools"
# On the checkout's disk, so that a ledger on disk is one.
SCRATCH = CHECKOUT / ".build" / "bench" / "run"


def fill_in(template, target, values):
    """Writes a template with its @NAME@ replaced. `$` and braces mean something in most configurations."""
    text = pathlib.Path(template).read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    target.write_text(text)
    return target
