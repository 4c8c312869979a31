"""From a file to its text, whatever is found under its name."""

from pathlib import Path as File

from gateway.config.faults import GATEWAY, ConfigError, ConfigFault, FileKind

MAX_BYTES = 1 << 20


def read(path: str | File, kind: FileKind = GATEWAY) -> str:
    """The text of a file. Raises ConfigError."""
    try:
        with File(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(str(path), [_unread(path, error, kind)], kind) from error
    if len(content) > MAX_BYTES:
        raise too_large(str(path), kind)
    return _decoded(content, str(path), kind)


def too_large(name: str, kind: FileKind) -> ConfigError:
    """What is said of a text that nobody has written by hand."""
    cure = "this is not a configuration: check the file name"
    return ConfigError(name, [ConfigFault("", 0, "larger than 1 MiB", cure)], kind)


def at(text: str, position: int, problem: str, cure: str) -> ConfigFault:
    """A fault of one character of the text, by its position from 0."""
    before = text[:position]
    line, column = before.count("\n") + 1, position - before.rfind("\n")
    return ConfigFault("", line, problem, cure, column)


def _unread(path: str | File, error: OSError, kind: FileKind) -> ConfigFault:
    if isinstance(error, FileNotFoundError):
        problem, cure = (
            "no such file",
            f"name another {kind.named_by}, or copy the example: {kind.example}",
        )
    elif isinstance(error, IsADirectoryError):
        problem, cure = "a folder, not a file", "name the file in it"
    elif isinstance(error, PermissionError):
        problem, cure = "may not be read by this user", f"see whose it is: ls -l {path}"
    else:
        problem, cure = f"cannot be read: {error.strerror}", f"look at it: ls -l {path}"
    return ConfigFault("", 0, problem, cure)


def _decoded(content: bytes, name: str, kind: FileKind) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Counted from the first byte: the exception leaves out a byte order mark.
        start = error.start + len(content) - len(error.object)
        before = content[:start].decode("utf-8", "replace")
        fault = at(before, len(before), "not UTF-8 text", "save the file as UTF-8")
        raise ConfigError(name, [fault], kind) from error
