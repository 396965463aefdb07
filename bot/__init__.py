"""Seleqt's privacy desk: people on one side, data on the other, decisions in the middle.

The map of the house
    bot/core/       pure: values and plain functions; no await, clock, chance, log, file or network
        model, events, messages     the nouns; what can happen and what is wanted; all that can be said
        lifecycle, moves, deskwork, clock   the road of a ticket: tables and gates; each event's change; what time does
        rights                      one row per right, and the single gate before every act on data
        seeing, colleagues, intake  who must have opened a plan; who stands in; what is filed by hand
        deadlines, holidays, escalation   all calendar law, and the ladder when staff do not act
        identity                    codes and addresses
        authorities, countries      where to complain, and which codes name a country
        conversation, turn, filing, proving, requests, talkabout   what the desk answers
        understand and its files    text to intents and slots
        plans, answers              what would be done to data, as counts; and what the person is told of it
        suppression, register       why an address is blocked and until when; what the erasure register remembers
    bot/desk.py     one event in, one transaction; turns.py: scene and decision; record.py, saying.py write what follows
    bot/visits.py   whose a conversation is and where it is reached; checks.py: codes; shares.py: how much a day allows
    bot/views.py    a ticket as staff and letters see it
    bot/letters.py  mail as a message: what right a letter asks, and whether it is for the desk
    bot/office.py   what staff see and do beside deciding; intake.py: by phone or post; ringing.py: calling staff
    bot/courier.py  takes queued steps, performs them (fulfil.py: data, sending.py: mail), reports back
    bot/cases.py    what a call about a ticket needs; packing.py: a copy goes into the vault
    bot/watch.py    wakes what is due
    bot/postroom.py takes mails in; threads.py: what a mail answers; reaching.py: where a person hears of their ticket
    bot/delivery.py behind the links in mails; staffroom.py: behind the staff page; parcel/: the data package
    bot/texts.py    every word, from templates/ and their catalogues
    bot/linking.py  links that carry a login to Telegram
    bot/app.py      the wiring; parts.py: what it wires; channels.py: doors that run themselves, one perhaps late
    bot/__main__.py and commands/: the command line; demo/: the pretend world
    handlers/       doors to people: web, pages, mail, Telegram, Slack, the staff page
    storage/        doors to data: store (tickets, steps, log), vault, register, datalayer/ (the platform's data)

Glossary: one word per thing
    person      whoever asks (the law's data subject, before and after proof)
    ticket      one right of one person, from the first sentence to the answer; its label is SEL-year-number
    talk        one conversation at one door; line: one numbered message in it; turn: one input and its answer
    right       what may be asked (Art. 15-22, 7(3), 77, and the policy's own promises)
    level       how sure the desk is who asks: L0 claimed, L1 mailbox, L2 session
    challenge   a one-time code that was sent; the code itself is stored nowhere
    proof       a passed check, bound to one ticket (Identity)
    source      a system that holds data about people; verb: what it is asked to plan and do
    plan        what an act would do: collections, columns, counts, reasons, a hash; never values
    act         an effect on data; receipt: its key beside its effect in the source
    register    the erasure register: acts and suppressions as keyed digests, outside all backups; entry: one line of it
    set back    of a database: restored from a backup, so that it lacks receipts the register has; restore: bring it up
    suppression an address that may not be mailed or imported, as a keyed digest, for three years
    recipient   somebody who received the data (Art. 15(1)(c), Art. 19)
    controller, processor   for whom data is held (Art. 4(7), 4(8)): for Seleqt itself, or for a client
    restriction Art. 18: kept and marked, not used
    staffer     a colleague in the approver table; approval: one staffer's yes to one plan
    task        what a colleague does by hand; it is owed until proof of it is noted
    hold        a stop button, a legal hold or a red alert: no act on data until staff have looked
    step        one outside call that is owed, with an idempotency key and a lease (the outbox)
    rung        one dated step of the escalation ladder
    copy        the answer to an access request; parcel: its file in the vault; grant: ten minutes to open it
"""
