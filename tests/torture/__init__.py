"""Campaigns that attack the store: hundreds or thousands of tries each, and one promise after all.

`make torture` runs every campaign at its full size and says what it found. `make test` runs a tenth
of each, with a fixed seed.

    make torture                                 # all, with a new seed, which is printed
    make torture TORTURE="kills flips" SEED=7    # two of them, as they went with seed 7
    make torture SCALE=10                        # ten times as many tries

| campaign | what it does | what must be true afterwards |
|---|---|---|
| kills | kill -9 of writers, forks and backups | nothing acknowledged is lost or half there |
| mirrors | kill -9 of what follows somebody else's log | the mirror is their log, as far as it is |
| moving | kill -9 of transfers and mails on their way | no cent is lost, each mail is there once |
| forgetting | erases people, breaks off, goes on | no byte of their names, every sum and seal |
| flips | flips one bit of a store's file | no wrong state without an error; `verify` sees it |
| saved | flips bits of a checkpoint file, cuts it | every state is right, nobody is stopped |
| interrupts | KeyboardInterrupt at any moment | the store works at once, and keeps nobody out |
| contention | eight processes want the same stream | no lost update, hardly a Conflict |
| tampering | the kinds of `tampering`, on many banks | the judges find it that should, no others |
| imports | changes exports on the way | the same history is imported, or nothing |
| logs | changes logs that others wrote, in six forms | each is read, or refused in a sentence |
| values | makes classes and values nobody thought of | kept as given, or refused by name |
| past | asks about any moment | what a naive loop says |

**When you have found a hole**, put it in here, so that it stays closed:

1. Choose the campaign that nearly found it, and add the missing kind where that campaign lists its
   kinds: a scene in `kills.SCENES` (roles: `children`, `forks`, `backups`), a damage in
   `saved.DAMAGES`, a question in `flips.questions`, a function in `mutations` or `edits`, a type
   or value in `kinds`, a method `asks_...` in `past.Inquiry`, a manipulation in
   `tampering`.
2. Run it on the code that has the hole, and see it fail for the right reason. A try is made of the
   seed and its number alone, so one that fails, fails again (kills and crowds excepted: there the
   moment is the machine's).
3. Close the hole. Where it is small, add a plain test beside the code too: a campaign finds, a test
   explains.

A new campaign is a module with a function `campaign(seed, times, folder)` that yields a `Try` for
each attack (what was tried, what came of it, a sentence for each broken promise) and raises
nothing; its full size goes into `campaigns.FULL`. What may hang or crash is tried in a child
process (`company.relayed`). The judges read the file by themselves (`independent`), since
code that is under suspicion cannot testify for itself.

The campaigns need a system with fork and signals (Linux, macOS).
"""
