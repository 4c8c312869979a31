"""The words of a notice in German."""

from gateway.notice.spans import largest
from gateway.notice.words import Headings, Words

_ONE = {"day": "Tag", "hour": "Stunde", "minute": "Minute", "second": "Sekunde"}
_MANY = {"day": "Tage", "hour": "Stunden", "minute": "Minuten", "second": "Sekunden"}
_JUST = {"day": "jeden Tag", "hour": "jede Stunde", "minute": "jede Minute"}


def _every(seconds: float) -> str:
    if seconds == 0:
        return "so oft wie möglich"
    number, unit = largest(seconds)
    if number == "1":
        return _JUST.get(unit, "jede Sekunde")
    return f"alle {number.replace('.', ',')} {_MANY[unit]}"


def _after(seconds: float) -> str:
    number, unit = largest(seconds)
    told = _ONE[unit] if number == "1" else _MANY[unit]
    return f"{number.replace('.', ',')} {told} nach der Messung"


QUANTITIES = {
    "temperature": "Temperatur",
    "humidity": "Luftfeuchte",
    "pressure": "Luftdruck",
    "co2": "CO2 in der Luft (steigt, wenn Menschen im Raum sind)",
    "gas_resistance": "Gase in der Luft, als elektrischer Widerstand",
    "voc_raw": "Gerüche in der Luft, als Rohwert",
    "voc_index": "Gerüche in der Luft, verglichen mit dem letzten Tag",
    "pm1": "Feinstaub bis 1 Mikrometer",
    "pm2_5": "Feinstaub bis 2,5 Mikrometer",
    "pm4": "Feinstaub bis 4 Mikrometer",
    "pm10": "Feinstaub bis 10 Mikrometer",
    "illuminance": "Helligkeit",
    "sound_level": "Lautstärke",
    "wind_speed": "Windgeschwindigkeit",
    "wind_direction": "Windrichtung",
    "count_in": "wie viele Menschen hineingehen",
    "count_out": "wie viele Menschen hinausgehen",
    "total_in": "wie viele seit Beginn hineingegangen sind",
    "total_out": "wie viele seit Beginn hinausgegangen sind",
    "targets": "wie viele Menschen der Sensor gerade bemerkt",
    "motion": "ob sich gerade jemand bewegt",
    "activations": "wie oft eine Bewegung begonnen hat",
    "occupied_time": "wie lange Bewegung war",
    "blind_time": "wie lange der Sensor nichts sehen konnte",
    "occupancy": "wie viele Personen da sind",
    "occupancy_drift": "um wie viele die Zählung eines Tages falsch war",
}

GERMAN = Words(
    language="de",
    headings=Headings(
        sheet="Informationen zum Datenschutz (Art. 13 DSGVO)",
        plain="Hier messen Sensoren",
        controller="Wer ist verantwortlich?",
        officer="Wer ist für den Datenschutz da?",
        measured="Was wird gemessen?",
        not_seen="Was wird nicht erfasst?",
        purpose="Wozu wird gemessen?",
        recipients="Wer bekommt die Messwerte?",
        kept="Wie lange bleiben die Messwerte?",
        rights="Welche Rechte haben Sie?",
        complaint="Wo können Sie sich beschweren?",
        more="Wo erfahren Sie mehr?",
    ),
    every=_every,
    after=_after,
    quantities=QUANTITIES,
    air_sensor="Sensor für Luft, Wärme oder Licht",
    air_limits="Er misst nur Luft, Wärme oder Licht an seinem Platz. Er zählt keine Menschen und "
    "erkennt niemanden.",
    at_place="Ort: {place}",
    phone="Telefon: {phone}",
    measures="Ein Wert {every}:",
    averaged="Jeder ist ein Mittelwert; dazu kommen der kleinste und der größte Wert.",
    limits="Gut zu wissen: {limits}",
    foreign="Der Treiber „{driver}“ gehört nicht zu diesem Programm. Was dieser Sensor erfasst "
    "und was nicht, muss sein Hersteller sagen.",
    author_says="Der Autor des Treibers sagt dazu: {limits}",
    only_these="Gespeichert werden nur diese Messwerte, jeder mit seiner Zeit, dem Namen des "
    "Sensors und Angaben dazu, wie verlässlich er ist.",
    nothing_else="Das Programm in diesem Gerät kann keine Kamera, kein Mikrofon und keine "
    "Kennungen von Handys auslesen.",
    ours="Für die Sensoren mit eigenen Treibern dieses Programms gilt: keine Kamera, kein "
    "Mikrofon, keine Kennungen von Handys.",
    no_decisions="Das Gerät entscheidet nichts über einzelne Menschen und bildet keine Profile.",
    legal_basis="Rechtsgrundlage: {basis}",
    window="Was über Menschen gezählt wird, gibt es höchstens {every}. Genaueres wird weder "
    "gespeichert noch gesendet.",
    small_counts={
        "carry": "Anzahlen unter {small_below} werden erst gesendet, wenn sie mit den folgenden "
        "zusammen nicht mehr so klein sind, spätestens am Ende des Tages.",
        "none": "Auch kleine Anzahlen werden gesendet, wie sie sind.",
        "round5": "Anzahlen werden auf Vielfache von 5 gerundet gesendet.",
        "suppress": "Anzahlen unter {small_below} werden nicht gesendet.",
    },
    by_recipient="Das ist für jeden Weg, auf dem das Gerät sendet, eines davon:",
    nothing_sent="Das Gerät sendet keine Messwerte.",
    also_about_node="Das Gerät sendet auch Angaben über sich selbst: wo es ist, welche Sensoren "
    "es hat und ob es richtig arbeitet.",
    also_how_it_is="Das Gerät sendet auch seine Nummer und ob es richtig arbeitet.",
    encrypted="Auf dem Weg vom Gerät sind die Messwerte verschlüsselt (TLS).",
    not_encrypted="Auf dem Weg vom Gerät sind die Messwerte nicht überall verschlüsselt.",
    by_radio="Per Funk (LoRaWAN) gehen die Messwerte verschlüsselt (AES-128) an den Betreiber des "
    "Funknetzes, der sie weitergibt.",
    transfer="Länder außerhalb der EU: {transfer}",
    kept_delivered="Messwerte, die angekommen sind, löscht das Gerät {after}. Wird der Speicher "
    "knapp, löscht es sie früher.",
    kept_until_delivered="Das Gerät löscht Messwerte, sobald sie angekommen sind.",
    kept_undelivered="Was nicht ankommt, bleibt auf dem Gerät.",
    kept_sent="Messwerte, die gesendet sind, löscht das Gerät {after}. Wird der Speicher knapp, "
    "löscht es sie früher.",
    kept_until_sent="Das Gerät löscht Messwerte, sobald sie gesendet sind.",
    kept_unsent="Was nicht gesendet werden kann, bleibt auf dem Gerät.",
    kept_at_most="Spätestens {after} löscht das Gerät jeden Messwert.",
    kept_until_full="Wird der Speicher voll ({size}), fasst das Gerät alte Messwerte zusammen oder "
    "löscht sie.",
    kept_running="Zeit, in der das Gerät aus ist, zählt dabei nicht mit.",
    retention="Bei den Empfängern: {retention}",
    rights_controller="Wenden Sie sich dafür an den Verantwortlichen, der oben steht.",
    anonymous="Die Messwerte enthalten keine Namen und keine Kennungen. Aus ihnen allein können "
    "wir niemanden erkennen (Art. 11 DSGVO).",
    anonymous_ours="Die Messwerte der Sensoren, deren Treiber zu diesem Programm gehören, "
    "enthalten keine Namen und keine Kennungen. Aus ihnen allein können wir niemanden erkennen "
    "(Art. 11 DSGVO).",
    identify="Die Rechte nach Art. 15 bis 20 können wir darum nur erfüllen, wenn Sie uns Angaben "
    "geben, mit denen sich Messwerte Ihnen zuordnen lassen (Art. 11 Abs. 2 DSGVO). Sie müssen uns "
    "keine Angaben geben.",
    rights=(
        "Auskunft über Daten zu Ihrer Person (Art. 15 DSGVO)",
        "Berichtigung falscher Daten (Art. 16 DSGVO)",
        "Löschung (Art. 17 DSGVO)",
        "Einschränkung der Verarbeitung (Art. 18 DSGVO)",
        "Mitteilung an die Empfänger, wenn etwas berichtigt oder gelöscht wird (Art. 19 DSGVO)",
        "Übertragbarkeit der Daten, wo das Gesetz sie vorsieht (Art. 20 DSGVO)",
        "Widerspruch aus Gründen Ihrer besonderen Situation (Art. 21 DSGVO)",
    ),
    complaint="Sie können sich bei einer Aufsichtsbehörde für den Datenschutz beschweren (Art. 77 "
    "DSGVO).",
    complaint_at="Zuständig ist: {authority}",
    plain_rights="Sie dürfen fragen, was über Sie gespeichert ist. Sie dürfen widersprechen. Sie "
    "dürfen sich bei der Aufsichtsbehörde beschweren. Das ausführliche Blatt dazu gibt Ihnen der "
    "Verantwortliche.",
    plain_anonymous="Wir sehen nur Zahlen. Aus ihnen allein können wir niemanden erkennen.",
    footer="Gerät {node}. Erstellt aus seiner Konfiguration, Programmversion {version}.",
)
