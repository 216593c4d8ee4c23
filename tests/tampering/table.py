from tampering import columns, files, rewrites

KINDS = {each.__name__.replace("_", " "): each for each in (*columns.KINDS, *rewrites.KINDS)}
KINDS |= {each.__name__.replace("_", " "): each for each in files.KINDS}
FOUND_BY = {}


def contradicted():
    pass
