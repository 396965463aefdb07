"""The words mail programs write around people's text, in the languages of Europe: data for quotes.py and machine.py.

Promise: expressions only, no rule. Limits: taken from what clients send in these languages; a client in another
language is known by its marks (`>`, blockquote, an address with a time) alone.
"""

from typing import Final

FROM: Final = r"van|from|von|de|da|od|från|fra|lähettäjä|feladó|kimden|από"
SENT: Final = (
    r"verzonden|sent|gesendet|envoy[ée]|enviado(?: el| em)?|inviato|skickat|sendt|wysłano|odesláno|lähetetty|elküldve"
)
LABELS: Final = (
    rf"{FROM}|{SENT}|date|datum|data|fecha|dato|dnia|to|aan|an|[àa]|para|do|till|til|komu|cc|kopie|kopia|copia|"
    r"subject|onderwerp|betreft|betreff|objet|oggetto|asunto|assunto|temat|ämne|emne|předmět|"
    r"reply-to|antwoorden aan|antwort an|beantwoorden|organi[sz]ation|importance|urgentie|bijlagen?|attachments?"
)
ORIGINAL: Final = (
    r"original (?:message|e-?mail|appointment)|oorspronkelijk(?:e)? (?:bericht|e-?mail)|origineel bericht|"
    r"urspr(?:ü|ue|u)ngliche nachricht|original[- ]?nachricht|message d['’]origine|message original|"
    r"mensaje original|messaggio originale|mensagem original|wiadomość oryginalna|oryginalna wiadomość|"
    r"ursprungligt meddelande|oprindelig meddelelse|opprinnelig melding"
)
FORWARDED: Final = (
    r"forwarded (?:message|mail|email|by)|doorgestuurd (?:bericht|door)|doorgezonden bericht|"
    r"weitergeleitete (?:nachricht|e-?mail|mail)|message (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée])|"
    r"mensaje reenviado|messaggio inoltrato|mensagem (?:re)?encaminhada|przekazana wiadomość|"
    r"wiadomość przekazana|vidarebefordrat (?:meddelande|brev)|videresendt (?:meddelelse|melding|besked)"
)
BEGINS_FORWARDED: Final = (
    r"begin forwarded message|begin(?: van)? (?:doorgestuurd|doorgestuurde) (?:bericht|e-?mail)|"
    r"anfang der weitergeleiteten (?:nachricht|e-?mail)|d[ée]but du message (?:r[ée]exp[ée]di[ée]|transf[ée]r[ée])|"
    r"inicio del mensaje reenviado|inizio messaggio inoltrato|vidarebefordrat brev|start på videresendt meddelelse"
)
FORWARDING_SUBJECT: Final = r"(?:fwd?|fw|doorst|dst|wg|tr|vs|rv|enc|pd|vb|i)"
REPLY_SUBJECT: Final = r"(?:re|antw?|aw|sv|rif|odp|res|vs|antwoord)"
ON: Final = r"on|op|am|le|el|il|em|o|den|dnia|w dniu|dne|på|pe|em|\w{2,10},?|\d{1,4}"
WROTE: Final = (
    r"\bwrote\b|\bwrites\b|\bschreef\b|\bgeschreven\b|\bschreven\b|\bschrieb\b|\bgeschrieben\b|\ba [ée]crit\b|[ée]crit|"
    r"\bescribi[óo]\b|\bha scritto\b|\bescreveu\b|\bnapisał|\bskrev\b|\bnapsal|\bkirjoitti\b|\bírta\b|\byazdı\b|"
    r"写道|作成|\bheeft het volgende geschreven\b|\bhet volgende geschreven\b"
)
CLOSINGS: Final = (
    r"met (?:vriendelijke?|hartelijke|beleefde|de meeste|warme|zonnige) (?:groet(?:en)?|hoogachting)|hoogachtend|"
    r"m\.?v\.?g\.?|mvrgr|mvrg|vr\.? ?gr\.?|vriendelijke groet(?:en|jes)?|hartelijke groet(?:en|jes)?|"
    r"groet(?:en|jes)?|gr\.?|(?:veel )?liefs|alvast (?:hartelijk )?(?:be)?dank(?:t)?|hartelijk dank|"
    r"(?:(?:kind|best|warm|warmest|kindest|with kind|with best) )?regards|yours (?:sincerely|faithfully|truly)|"
    r"sincerely|all the best|best wishes|many thanks|thanks(?: in advance)?|thank you(?: in advance)?|cheers|"
    r"best|bests|warmly|with thanks|thx|respectfully|bij voorbaat dank|b\.?v\.?d\.?|"
    r"(?:heel erg )?bedankt|dank (?:je|u)(?: wel)?|fijne (?:dag|avond)(?: (?:nog|verder))?|fijn weekend|"
    r"tot (?:ziens|horens)|"
    r"mit (?:freundlichen?|besten|lieben|herzlichen) gr[üu](?:ß|ss)en?|mit freundlichem gru(?:ß|ss)|mfg|"
    r"(?:viele|beste|liebe|freundliche|herzliche) gr[üu](?:ß|ss)e|hochachtungsvoll|"
    r"(?:bien )?cordialement|(?:sinc[èe]res |meilleures )?salutations(?: distingu[ée]es)?|bien à vous|"
    r"saludos(?: cordiales)?|un saludo|atentamente|cordiali saluti|distinti saluti|atenciosamente|"
    r"z poważaniem|pozdrawiam|med v[äe]n?l?i?g?a? ?h[äi]lsning(?:ar)?|med venlig hilsen|mvh"
)
SENT_FROM: Final = (
    r"sent (?:from|via|with|using) |get outlook for|verzonden (?:van(?:af|uit)?|via|met) |verstuurd (?:van(?:af|uit)?|"
    r"via|met) |outlook voor (?:ios|android)|download outlook|von meinem .{2,40} gesendet|gesendet (?:von|mit|über) |"
    r"holen sie sich outlook|envoy[ée] (?:de(?:puis)?|à partir de|avec|via) |t[ée]l[ée]charger outlook|"
    r"obtenez outlook|enviado (?:desde|do|con) |inviato (?:da|con) |skickat från |sendt fra |wysłan[eo] z |"
    r"yahoo mail[: ]|\[?(?:ex|e)?xtern(?:al|e)?(?: e-?mail)?\]?\s*:?$"
)
SMALL_PRINT: Final = (
    r"caution: ?this (?:e-?mail|message) (?:originated|came)|^\W*\[?external (?:e-?mail|sender|message)\]?[:.\]]|"
    r"let op:? (?:deze|dit) (?:e-?mail|bericht|mail) (?:is|komt) (?:afkomstig )?van (?:een extern|buiten)|"
    r"^\W*(?:disclaimer|confidentiality notice|confidential)\W*$|^\W*(?:disclaimer|confidentiality(?: notice)?):|"
    r"(?:this|in this|of this|the above) (?:e-?mail|message|mail|communication|transmission)\b.{0,80}"
    r"(?:intended (?:solely|only|exclusively)|is intended for|confidential|privileged)|"
    r"intended (?:solely|exclusively) for the|"
    r"(?:dit|deze|in dit|in deze|van dit|van deze) (?:bericht|e-?mail\w*|mail)\b.{0,80}"
    r"(?:uitsluitend|alleen|slechts|vertrouwelijk|bestemd)|"
    r"niet de (?:bedoelde|beoogde) (?:ontvanger|geadresseerde)|"
    r"(?:indien|mocht|als) u (?:dit|deze) (?:bericht|e-?mail\w*|mail).{0,40}(?:ten onrechte|abusievelijk|per abuis|"
    r"per vergissing|niet voor u)|"
    r"if (?:you|this).{0,40}received (?:this|it).{0,40}(?:in error|by mistake)|"
    r"not the (?:intended|named) (?:recipient|addressee)|"
    r"diese (?:e-?mail|nachricht) enth[äa]lt vertrauliche|irrt[üu]mlich erhalten|nicht der richtige adressat|"
    r"ce (?:message|courriel|mail)\b.{0,80}confidentiel|destinataires? (?:pr[ée]vu|d[ée]sign)|"
    r"re[çc]u ce message par erreur|"
    r"(?:please )?(?:consider|think of) the environment|denk aan het milieu|spaar het milieu|"
    r"virus-?free\.?\s*(?:www|$)|virusvrij|avast\.com|scanned (?:by|for virus)|"
    r"you(?: are|'re) receiving this (?:e-?mail|message) because|"
    r"we process (?:your |personal )+data (?:as|in line|in accordance|according|under|on the basis)|"
    r"(?:wij|we) verwerken (?:uw |jouw |je )?(?:persoons)?gegevens (?:conform|volgens|zoals|in overeenstemming)|"
    r"(?:je|u) ontvang(?:t|st)? (?:deze|dit) (?:e-?mail|bericht|nieuwsbrief) omdat"
)
MINE: Final = (
    r"\b(?:ik|mij|mijn|i|i'm|i'd|i've|my|mine|ich|mein\w*|mich|mes|mon|j'ai|je (?:souhaite|veux|demande|vous))\b"
)
OUT_OF_OFFICE: Final = (
    r"out of (?:the )?office|automatic reply|auto(?:matic)?[- ]?(?:reply|response|responder)|vacation (?:reply|notice)|"
    r"afwezig(?:heid)?|automatisch(?:e)? (?:antwoord|beantwoording|reactie|bericht)|niet (?:aanwezig|op kantoor)|"
    r"abwesenheit|automatische antwort|abwesend|nicht im b[üu]ro|r[ée]ponse automatique|absence|absent|"
    r"respuesta autom[áa]tica|fuera de (?:la )?oficina|risposta automatica|fuori (?:sede|ufficio)|"
    r"resposta autom[áa]tica|autosvar|frånvaro|fravær|automatyczna odpowied|automaattinen vastaus|"
    r"(?:maternity|parental|annual|sick) leave|(?:zwangerschaps|ouderschaps|bevallings)?verlof\b"
)
ANSWERS_ITSELF: Final = (
    r"(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|auto|out of (?:the )?office(?: auto-?reply)?|"
    r"automatisch(?:e)? (?:antwoord|beantwoording|reactie|bericht)|afwezig(?:heid(?:sbericht|smelding)?)?|"
    r"automatische antwort|abwesenheits\w*|r[ée]ponse automatique|(?:message d['’])?absence|"
    r"respuesta autom[áa]tica|risposta automatica|resposta autom[áa]tica|autosvar|automatisk svar|frånvaro\w*|"
    r"fravær\w*|automaattinen vastaus|automatyczna odpowied\w*|automatick\w* odpov\w*|automatikus v[áa]lasz|"
    r"r[ăa]spuns automat|otomatik yan[ıi]t|αυτόματη απάντηση)\s*[:：]"
)
"""How a program begins the subject of its answer; behind it stands the subject it answers, which is not its own."""
AWAY: Final = (
    r"(?:i am|i'm|i will be|we are) (?:currently |now )?(?:out of|away|on (?:annual |parental |maternity |sick )?leave|"
    r"on holiday|on vacation|not in the office)|limited access to (?:my )?e-?mail|"
    r"thank you for your (?:e-?mail|message)|"
    r"your (?:e-?mail|message) (?:has been|was) received|we (?:have )?received your|"
    r"(?:ik ben|wij zijn|momenteel|tot).{0,40}(?:afwezig|met (?:vakantie|verlof)|op vakantie|"
    r"niet (?:aanwezig|bereikbaar)|vrij)|bedankt voor (?:je|uw) (?:e-?mail|bericht|mail)|"
    r"wij hebben (?:je|uw) (?:e-?mail|bericht|mail) ontvangen|"
    r"(?:ich bin|derzeit).{0,60}(?:nicht (?:im (?:b[üu]ro|haus)|erreichbar)|abwesend|im urlaub)|"
    r"vielen dank f[üu]r ihre|"
    r"je suis (?:actuellement )?(?:absent|en cong)|merci (?:pour|de) votre (?:message|e-?mail)"
)
ABOUT_DATA: Final = (
    r"\bdelet\w*|\beras\w*|personal (?:data|information|details)|\bmy (?:data|account|details|information|profile)\b|"
    r"\bgdpr\b|data protection|unsubscribe me|remove me|"
    r"verwijder\w*|\bwissen\b|persoonsgegevens|mijn (?:gegevens|account|profiel|data)|\bavg\b|inzage\w*|schrijf me uit|"
    r"\bdsgvo\b|l[öo]sch\w*|personenbezogen\w*|meine daten|\brgpd\b|supprim\w*|donn[ée]es personnelles|mes donn[ée]es"
)
BOUNCE_SUBJECT: Final = (
    r"undeliver(?:ed|able)|delivery (?:status notification|has failed|failure|failed|delayed|incomplete)|"
    r"mail delivery (?:failed|failure|subsystem)|returned mail|failure notice|non[- ]?delivery|could not be delivered|"
    r"onbestelbaar|niet (?:bezorgd|afgeleverd)|unzustellbar|nicht zugestellt|non remis|[ée]chec de (?:la )?remise|"
    r"no se ha podido entregar|mancata consegna|warning: message .{0,40}delayed"
)
DELAY_SUBJECT: Final = r"delay|vertraag|verz[öo]ger|warning: could not send|warning: message"
BROWSER_STUB: Final = (
    r"view (?:this|it)?.{0,40}(?:in|with) (?:your|a|the) (?:web ?)?browser|(?:does not|doesn't|can't|cannot) "
    r"(?:support|display|show|read) html|html[- ](?:e-?mail|version|message|format)|"
    r"bekijk.{0,40}(?:browser|online|webversie)|"
    r"ondersteunt geen html|im browser (?:an|ö)|kein html|dans (?:votre|un|le) navigateur|"
    r"this (?:is a multi-?part message|message contains html|e-?mail (?:requires|needs) html)"
)
