"""Keeps the processes of the Procfile running, and lets none of them stay behind."""

from punctual.supervisor.procfile import Line, ProcfileError, read_procfile
from punctual.supervisor.supervisor import ChildFailed, Supervisor

__all__ = ["ChildFailed", "Line", "ProcfileError", "Supervisor", "read_procfile"]
