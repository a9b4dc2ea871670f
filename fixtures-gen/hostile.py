"""Names that a checkpoint has no business with: corpus/allow/hostile-*.jsonl.

Each name is asked about as the whole of a pickle (GLOBAL, STOP), by default and with that very name allowlisted; the
calls in CALLS also with REDUCE. A call would do nothing but create `executed` in the working directory. torch is never
given the real thing: what is allowlisted here is a harmless stand-in of that name (allowed.stand_in), so nothing of this
is run by the one who asks, either. A row has `pickle`, the bytes of data.pkl in hex, in place of `file`.
"""

from forged.pickles import EMPTY_TUPLE, REDUCE, encoded, pickle, tuple_of

# Group -> lines of "module name|name|...". The names are those of published reports on scanners and loaders.
NAMES = {
    "builtins": """os system|popen|mkdir|execv
        posix system|mkdir
        nt system
        sys exit|modules|intern
        builtins eval|exec|compile|__import__|getattr|setattr|print|open|input|globals|breakpoint|vars
        __builtin__ eval|apply|set|long|intern|reduce|execfile
        commands getoutput
        cPickle loads
        pickle loads
        _pickle loads
        copy_reg _reconstructor
        copyreg _reconstructor""",
    "modules": """importlib import_module
        pkgutil resolve_name
        runpy _run_code|run_path
        types CodeType|FunctionType
        marshal loads
        functools partial|reduce
        operator attrgetter|methodcaller|itemgetter
        _operator attrgetter|methodcaller
        collections defaultdict
        cloudpickle.cloudpickle _make_function
        lib2to3.pgen2.grammar Grammar.loads
        lib2to3.pgen2.pgen ParserGenerator.make_label
        pip main
        ensurepip _run_pip
        venv create
        test.support.script_helper assert_python_ok
        pathlib os.system
        ctypes CDLL""",
    "programs": """subprocess Popen|run|check_output
        pty spawn
        asyncio.unix_events _UnixSubprocessTransport._start
        multiprocessing.util spawnv_passfds
        uuid _get_command_stdout
        _aix_support _read_cmd_output
        _osx_support _read_output
        _pyrepl.pager pipe_pager
        pydoc locate|pipepager
        imaplib IMAP4_stream
        idlelib.pyshell ModifiedInterpreter.runcode|ModifiedInterpreter.runcommand
        idlelib.debugobj ObjectTreeItem.SetText
        idlelib.autocomplete AutoComplete.get_entity|AutoComplete.fetch_completions
        idlelib.calltip Calltip.fetch_tip|Calltip.get_entity
        idlelib.run Executive.runcode
        code InteractiveInterpreter.runcode""",
    "profilers": """cProfile run|runctx
        profile run|Profile.run|Profile.runctx
        trace Trace.run|Trace.runctx
        bdb Bdb.run
        pdb run
        doctest debug_script
        timeit timeit|repeat""",
    "network": """urllib.request urlopen
        httplib HTTPSConnection
        http.client HTTPSConnection
        requests.api get
        aiohttp.client ClientSession
        socket create_connection
        smtplib SMTP
        _io FileIO
        io open
        logging FileHandler
        distutils.file_util write_file""",
    "torch": """torch load
        torch.serialization load
        torch.storage _load_from_bytes
        torch.jit load
        torch.hub load
        torch.distributed.rpc rpc_sync
        torch.utils.bottleneck.__main__ run_cprofile|run_autograd_prof
        torch._dynamo.guards GuardBuilder.get
        torch.fx.experimental.symbolic_shapes ShapeEnv.evaluate_guards_expression
        torch.utils.collect_env run|run_and_read_all
        torch.utils.data.datapipes.utils.decoder basichandlers
        torch.jit.unsupported_tensor_ops execWrapper
        torch.utils._config_module ConfigModule.load_config
        torch._inductor.codecache compile_file
        torch.distributed.tensor DTensor
        numpy.core.multiarray _reconstruct|scalar
        numpy dtype
        numpy.f2py.crackfortran getlincoef
        numpy.testing._private.utils runstring""",
}

_CODE = "__import__('os').mkdir('executed')"
_SHELL = "mkdir executed"
_NESTED = encoded("\x80\x02cposix\nmkdir\nX\x08\x00\x00\x00executed\x85R.")

CALLS = [
    ("os", "mkdir", "executed"), ("os", "system", _SHELL), ("posix", "mkdir", "executed"), ("posix", "system", _SHELL),
    ("nt", "mkdir", "executed"), ("os", "makedirs", "executed"), ("builtins", "eval", _CODE), ("builtins", "exec", _CODE),
    ("__builtin__", "eval", _CODE), ("__builtin__", "execfile", "executed"), ("builtins", "open", "executed", "w"),
    ("_io", "FileIO", "executed", "w"), ("io", "open", "executed", "w"), ("codecs", "open", "executed", "w"),
    ("logging", "FileHandler", "executed"), ("distutils.file_util", "write_file", "executed", []),
    ("subprocess", "Popen", ["mkdir", "executed"]), ("subprocess", "check_output", ["mkdir", "executed"]),
    ("commands", "getoutput", _SHELL), ("pty", "spawn", ["mkdir", "executed"]),
    ("uuid", "_get_command_stdout", "mkdir", "executed"), ("runpy", "_run_code", _CODE, {}),
    ("cProfile", "run", _CODE), ("profile", "run", _CODE), ("pdb", "run", _CODE), ("timeit", "timeit", _CODE),
    ("code", "InteractiveInterpreter.runcode", None, _CODE), ("pkgutil", "resolve_name", "os:mkdir"),
    ("importlib", "import_module", "executed"), ("venv", "create", "executed"), ("pickle", "loads", _NESTED),
    ("cPickle", "loads", _NESTED), ("torch.storage", "_load_from_bytes", _NESTED),
    ("torch.utils.collect_env", "run", _SHELL), ("torch.jit.unsupported_tensor_ops", "execWrapper", _CODE, {}, {}),
    ("numpy.testing._private.utils", "runstring", _CODE, {}), ("builtins", "getattr", "executed", "mkdir"),
    ("collections", "defaultdict"), ("sys", "exit", 0),
]

# torch's tables for the names of Python 2, as far as they are used above.
_PAIRS = {("__builtin__", "long"): "builtins.int", ("__builtin__", "intern"): "sys.intern",
          ("__builtin__", "reduce"): "functools.reduce"}
_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}


def _path(module, name):
    """What has to be allowlisted: the path after torch has translated the names of Python 2."""
    return _PAIRS.get((module, name)) or "%s.%s" % (_MODULES.get(module, module), name)


def _global(module, name):
    return b"c%s\n%s\n" % (module.encode(), name.encode())


def _rows(module, name, word, code):
    about = {"pickle": pickle(_global(module, name), code).hex(), "deviation": None}
    yield {"row": "%s.%s%s" % (module, name, word), "load": {}, **about}
    yield {"row": "%s.%s%s, allowed" % (module, name, word), "load": {"allow": [_path(module, name)]}, **about}


def _names(lines):
    for line in lines.split("\n"):
        module, names = line.split()
        yield from ((module, name) for name in names.split("|"))


def tables():
    """The rows of each file corpus/allow/hostile-*.jsonl, by its stem."""
    found = {"hostile-" + group: [row for module, name in _names(lines) for row in _rows(module, name, "", b"")]
             for group, lines in NAMES.items()}
    calls = [row for module, name, *arguments in CALLS
             for row in _rows(module, name, " called", (tuple_of(*arguments) if arguments else EMPTY_TUPLE) + REDUCE)]
    half = len(calls) // 2
    return {**found, "hostile-calls-1": calls[:half], "hostile-calls-2": calls[half:]}
