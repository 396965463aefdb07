"""Where somebody can complain (Art. 77): the authority of the country or the German Land that a message names.

Promise: pure; a name counts as a whole word, in English or Dutch, and the longest one wins. Limits: Seleqt's lead
authority is the Dutch AP, which always fits; Germany without a Land is none of these, because each Land has its own.
Facts: datenanfragen/data (CC0), looked through in November 2026; links change, so somebody looks at them once a year.
"""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A supervisory authority: its country (ISO 3166, with a Land for Germany), its name, where it takes complaints."""

    code: str
    name: str
    url: str


_TABLE: Final = """
AT | austria, oostenrijk | Datenschutzbehörde (DSB) | https://www.formularservice.gv.at/site/fsrv/user/formular.aspx?pid=5a37966ab26c4489adc20dc53162fa4d&pn=Bf10e1134f601464e9b3835170de668bd
BE | belgium, belgië | Gegevensbeschermingsautoriteit (GBA) | https://www.dataprotectionauthority.be/citizen/actions/lodge-a-complaint
BG | bulgaria, bulgarije | КЗЛД (CPDP) | https://cpdp.bg/en/?p=pages&aid=56
HR | croatia, kroatië | Agencija za zaštitu osobnih podataka (AZOP) | https://azop.hr/zahtjev-za-utvrdivanje-povrede-prava/
CY | cyprus | Office of the Commissioner for Personal Data Protection | https://www.dataprotection.gov.cy/dataprotection/dataprotection.nsf/All/2FBD2ACD407DEFE8C22582B9002E7019
CZ | czechia, tsjechië, czech republic, tsjechische republiek | Úřad pro ochranu osobních údajů (ÚOOÚ) | https://uoou.gov.cz/
DK | denmark, denemarken | Datatilsynet | https://www.datatilsynet.dk/borger/klage
EE | estonia, estland | Andmekaitse Inspektsioon (AKI) | https://www.aki.ee/en/contacts
FI | finland | Tietosuojavaltuutetun toimisto | https://tietosuoja.fi/ilmoitus-tietosuojavaltuutetulle
FR | france, frankrijk | CNIL | https://www.cnil.fr/fr/plaintes
DE-BW | baden-württemberg, baden-wurttemberg | Der Landesbeauftragte für den Datenschutz und die Informationsfreiheit Baden-Württemberg | https://www.service-bw.de/onlineantraege/onlineantrag?processInstanceId=994719535
DE-BY | bavaria, bayern, beieren | Bayerisches Landesamt für Datenschutzaufsicht (BayLDA) | https://www.lda.bayern.de/de/beschwerde.html
DE-BE | berlin, berlijn | Berliner Beauftragte für Datenschutz und Informationsfreiheit | https://kontakt.datenschutz-berlin.de/
DE-BB | brandenburg | Die Landesbeauftragte für den Datenschutz und für das Recht auf Akteneinsicht Brandenburg | https://www.lda.brandenburg.de/lda/de/service/formulare-und-musterschreiben/beschwerdeformular/
DE-HB | bremen | Die Landesbeauftragte für Datenschutz und Informationsfreiheit Bremen | https://www.datenschutz.bremen.de/wir-ueber-uns/online-meldungen/beschwerdeformular-15253
DE-HH | hamburg | Der Hamburgische Beauftragte für Datenschutz und Informationsfreiheit | https://datenschutz-hamburg.de/beschwerde/
DE-HE | hesse, hessen | Der Hessische Beauftragte für Datenschutz und Informationsfreiheit | https://datenschutz.hessen.de/service/beschwerde-uebermitteln
DE-MV | mecklenburg | Der Landesbeauftragte für Datenschutz und Informationsfreiheit Mecklenburg-Vorpommern | https://www.datenschutz-mv.de/kontakt/online-beschwerdeformular-mitteilung-ueber-einen-datenschutzverstoss/
DE-NI | lower saxony, niedersachsen, nedersaksen | Der Landesbeauftragte für den Datenschutz Niedersachsen | https://www.navo.niedersachsen.de/navo2/portal/csend/8915/fileget/dsbeschwerdeformular.html
DE-NW | north rhine-westphalia, nordrhein-westfalen, noordrijn-westfalen | Landesbeauftragte für Datenschutz und Informationsfreiheit Nordrhein-Westfalen | https://www.ldi.nrw.de/kontakt/ihre-beschwerde
DE-RP | rhineland-palatinate, rheinland-pfalz, rijnland-palts | Der Landesbeauftragte für den Datenschutz und die Informationsfreiheit Rheinland-Pfalz | https://www.datenschutz.rlp.de/de/themenfelder-themen/online-services/beschwerdeformular/
DE-SL | saarland | Unabhängiges Datenschutzzentrum Saarland | https://www.datenschutz.saarland.de/online-dienste/beschwerdeformular
DE-SN | saxony, sachsen, saksen | Sächsische Datenschutz- und Transparenzbeauftragte | https://formulare.datenschutz.sachsen.de/form/provide/53/
DE-ST | saxony-anhalt, sachsen-anhalt, saksen-anhalt | Landesbeauftragter für den Datenschutz Sachsen-Anhalt | https://datenschutz.sachsen-anhalt.de/service/online-formulare/beschwerde-anfrage
DE-SH | schleswig-holstein, sleeswijk-holstein | Unabhängiges Landeszentrum für Datenschutz Schleswig-Holstein | https://www.datenschutzzentrum.de/formular/beschwerde.php
DE-TH | thuringia, thüringen | Thüringer Landesbeauftragter für den Datenschutz und die Informationsfreiheit | https://www.tlfdi.de/kontakt
GR | greece, griekenland | Αρχή Προστασίας Δεδομένων (HDPA) | https://www.dpa.gr/index.php/en/individuals/complaint-to-the-hellenic-dpa
HU | hungary, hongarije | Nemzeti Adatvédelmi és Információszabadság Hatóság (NAIH) | https://naih.hu/ugyfelszolgalat-kapcsolat
IE | ireland, ierland | Data Protection Commission (DPC) | https://forms.dataprotection.ie/contact
IT | italy, italië | Garante per la protezione dei dati personali | https://www.garanteprivacy.it/home/docweb/-/docweb-display/docweb/4535524
LV | latvia, letland | Datu valsts inspekcija (DVI) | https://www.dvi.gov.lv/lv/pakalpojumi/sudziba-par-personas-datu-apstradi
LT | lithuania, litouwen | Valstybinė duomenų apsaugos inspekcija (VDAI) | https://vdai.lrv.lt/lt/veiklos-sritys-1/skundu-nagrinejimas
LU | luxembourg, luxemburg | Commission nationale pour la protection des données (CNPD) | https://cnpd.public.lu/en/particuliers/faire-valoir/formulaire-plainte.html
MT | malta | Information and Data Protection Commissioner (IDPC) | https://register.idpc.org.mt/report-breach/complaint/
NL | netherlands, nederland, the netherlands, holland | Autoriteit Persoonsgegevens (AP) | https://autoriteitpersoonsgegevens.nl/een-tip-of-klacht-indienen-bij-de-ap
PL | poland, polen | Prezes Urzędu Ochrony Danych Osobowych (UODO) | https://www.biznes.gov.pl/en/opisy-procedur/-/proc/891
PT | portugal | Comissão Nacional de Proteção de Dados (CNPD) | https://www.cnpd.pt/cidadaos/participacoes/
RO | romania, roemenië | Autoritatea Naţională de Supraveghere a Prelucrării Datelor cu Caracter Personal (ANSPDCP) | https://www.dataprotection.ro/index.jsp?page=Plangeri_pagina_principala
SK | slovakia, slowakije | Úrad na ochranu osobných údajov Slovenskej republiky | https://dataprotection.gov.sk/sk/urad/konanie-ochrane-osobnych-udajov/
SI | slovenia, slovenië | Informacijski pooblaščenec (IP) | https://ip-rs.si/en/data-protection/how-to-file-an-application/
ES | spain, spanje | Agencia Española de Protección de Datos (AEPD) | https://sedeagpd.gob.es/sede-electronica-web/vistas/infoSede/tramitesCiudadano.jsf
SE | sweden, zweden | Integritetsskyddsmyndigheten (IMY) | https://www.imy.se/privatperson/utfora-arenden/lamna-ett-klagomal/
IS | iceland, ijsland | Persónuvernd | https://island.is/s/personuvernd
LI | liechtenstein | Datenschutzstelle Fürstentum Liechtenstein (DSS) | https://www.datenschutzstelle.li/
NO | norway, noorwegen | Datatilsynet | https://www.datatilsynet.no/om-datatilsynet/kontakt-oss/klage-til-datatilsynet
GB | united kingdom, verenigd koninkrijk, england, scotland, wales, great britain, engeland, schotland, groot-brittannië | Information Commissioner's Office (ICO) | https://ico.org.uk/make-a-complaint/data-protection-complaints/data-protection-complaints/
CH | switzerland, zwitserland | Eidgenössischer Datenschutz- und Öffentlichkeitsbeauftragter (EDÖB) | https://www.edoeb.admin.ch/edoeb/de/home/der-edoeb/kontakt/kontaktformular.html
"""  # noqa: E501 - a table
GERMANY: Final = ("germany", "duitsland")


def _rows() -> dict[str, Authority]:
    found = {}
    for line in _TABLE.strip().splitlines():
        code, names, name, url = line.split(" | ")
        for one in names.split(", "):
            found[one] = Authority(code=code, name=name, url=url)
    return found


BY_NAME: Final = _rows()
AP: Final = BY_NAME["netherlands"]
_NAMES: Final = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, (*BY_NAME, *GERMANY)), key=len, reverse=True))})\b")


@dataclass(frozen=True, kw_only=True)
class Whereabouts:
    """What a message says about where somebody lives: the authority there, or that it is Germany without a Land."""

    authority: Authority | None = None
    lacks_land: bool = False


def whereabouts(text: str) -> Whereabouts:
    """The first country outside the Netherlands, or German Land, that a message names."""
    named = _NAMES.findall(" ".join(text.casefold().split()))
    known = [BY_NAME[one] for one in named if one in BY_NAME]
    abroad = next((one for one in known if one != AP), None)
    return Whereabouts(authority=abroad, lacks_land=abroad is None and any(one in GERMANY for one in named))
