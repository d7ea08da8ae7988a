"""No module imports itself through others, neither at its head nor within a function."""

import graphlib

import grimp

ROOMS = ("seeds", "stream", "collectors", "classifiers", "deploy")


def test_there_are_no_circles():
    rooms = grimp.build_graph(
        "seeds", "stream", "collectors", "classifiers", "deploy", exclude_type_checking_imports=True
    )
    imports = {module: rooms.find_modules_directly_imported_by(module) for module in rooms.modules}
    graphlib.TopologicalSorter(imports).prepare()  # a circle is an error that names it
