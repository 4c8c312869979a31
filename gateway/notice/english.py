"""The words of a notice in English."""

from gateway.notice.spans import largest
from gateway.notice.words import Headings, Words


def _every(seconds: float) -> str:
    if seconds == 0:
        return "as often as it can"
    number, unit = largest(seconds)
    return f"every {unit}" if number == "1" else f"every {number} {unit}s"


def _after(seconds: float) -> str:
    number, unit = largest(seconds)
    return f"{number} {unit}{'' if number == '1' else 's'} after the measurement"


QUANTITIES = {
    "temperature": "temperature",
    "humidity": "humidity of the air",
    "pressure": "air pressure",
    "co2": "CO2 in the air (rises when people are in the room)",
    "gas_resistance": "gases in the air, as an electrical resistance",
    "voc_raw": "smells in the air, as a raw value",
    "voc_index": "smells in the air, compared with the last day",
    "pm1": "fine dust up to 1 micrometre",
    "pm2_5": "fine dust up to 2.5 micrometres",
    "pm4": "fine dust up to 4 micrometres",
    "pm10": "fine dust up to 10 micrometres",
    "illuminance": "brightness",
    "sound_level": "loudness",
    "wind_speed": "wind speed",
    "wind_direction": "wind direction",
    "count_in": "how many people go in",
    "count_out": "how many people go out",
    "total_in": "how many have gone in since the beginning",
    "total_out": "how many have gone out since the beginning",
    "targets": "how many people the sensor notices at the moment",
    "motion": "whether somebody moves at the moment",
    "activations": "how often a movement has begun",
    "occupied_time": "how long there was movement",
    "blind_time": "how long the sensor could see nothing",
    "occupancy": "how many people are there",
    "occupancy_drift": "by how many the count of a day was wrong",
}

ENGLISH = Words(
    language="en",
    headings=Headings(
        sheet="Information on data protection (Art. 13 GDPR)",
        plain="Sensors measure here",
        controller="Who is responsible?",
        officer="Who looks after data protection?",
        measured="What is measured?",
        not_seen="What is not recorded?",
        purpose="What is it measured for?",
        recipients="Who gets the readings?",
        kept="How long are the readings kept?",
        rights="What are your rights?",
        complaint="Where can you complain?",
        more="Where can you learn more?",
    ),
    every=_every,
    after=_after,
    quantities=QUANTITIES,
    air_sensor="Sensor for air, warmth or light",
    air_limits="It only measures air, warmth or light at its place. It counts no people and "
    "recognises nobody.",
    at_place="Place: {place}",
    phone="Phone: {phone}",
    measures="One value {every}:",
    averaged="Each is a mean; the smallest and the largest value are added.",
    limits="Good to know: {limits}",
    foreign='The driver "{driver}" is no part of this program. What this sensor records and what '
    "it does not, its maker must tell.",
    author_says="The author of the driver says: {limits}",
    only_these="Only these readings are stored, each with its time, the name of the sensor, and "
    "how reliable it is.",
    nothing_else="The program in this device cannot read cameras, microphones or identifiers of "
    "phones.",
    ours="For the sensors with drivers of this program: no camera, no microphone, no identifiers "
    "of phones.",
    no_decisions="The device decides nothing about single people and makes no profiles.",
    legal_basis="Legal basis: {basis}",
    window="What is counted of people is there {every} at most. Nothing finer is stored or sent.",
    small_counts={
        "carry": "Counts below {small_below} are sent only when they are no longer so small "
        "together with those that follow, at the latest at the end of the day.",
        "none": "Small counts are sent as they are, too.",
        "round5": "Counts are sent rounded to multiples of 5.",
        "suppress": "Counts below {small_below} are not sent.",
    },
    by_recipient="For each way on which the device sends it is one of these:",
    nothing_sent="The device sends no readings.",
    also_about_node="The device also sends information on itself: where it is, which sensors it "
    "has, and whether it works well.",
    also_how_it_is="The device also sends its number, and whether it works well.",
    encrypted="On their way from the device the readings are encrypted (TLS).",
    not_encrypted="On their way from the device the readings are not encrypted everywhere.",
    by_radio="By radio (LoRaWAN) the readings go encrypted (AES-128) to the operator of the radio "
    "network, who passes them on.",
    transfer="Countries outside of the EU: {transfer}",
    kept_delivered="Readings that have arrived the device deletes {after}. When it runs out of "
    "room it deletes them earlier.",
    kept_until_delivered="The device deletes readings as soon as they have arrived.",
    kept_undelivered="What does not arrive stays on the device.",
    kept_sent="Readings that were sent the device deletes {after}. When it runs out of room it "
    "deletes them earlier.",
    kept_until_sent="The device deletes readings as soon as they were sent.",
    kept_unsent="What cannot be sent stays on the device.",
    kept_at_most="At the latest {after} the device deletes every reading.",
    kept_until_full="When its memory fills up ({size}), the device merges old readings or deletes "
    "them.",
    kept_running="Time in which the device is switched off does not count.",
    retention="At the recipients: {retention}",
    rights_controller="Turn to the controller named above.",
    anonymous="The readings hold no names and no identifiers. From them alone we cannot recognise "
    "anybody (Art. 11 GDPR).",
    anonymous_ours="The readings of sensors whose drivers are part of this program hold no names "
    "and no identifiers. From them alone we cannot recognise anybody (Art. 11 GDPR).",
    identify="Therefore we can only fulfil the rights of Art. 15 to 20 if you give us information "
    "by which readings can be attributed to you (Art. 11(2) GDPR). You do not have to give us any.",
    rights=(
        "Access to data about you (Art. 15 GDPR)",
        "Rectification of wrong data (Art. 16 GDPR)",
        "Erasure (Art. 17 GDPR)",
        "Restriction of processing (Art. 18 GDPR)",
        "Notification of the recipients when data are rectified or erased (Art. 19 GDPR)",
        "Portability of data, where the law provides for it (Art. 20 GDPR)",
        "Objection on grounds of your particular situation (Art. 21 GDPR)",
    ),
    complaint="You can complain to a supervisory authority for data protection (Art. 77 GDPR).",
    complaint_at="The competent authority is: {authority}",
    plain_rights="You may ask what is stored about you. You may object. You may complain to the "
    "supervisory authority. The controller has the full sheet for you.",
    plain_anonymous="We only see numbers. From them alone we cannot recognise anybody.",
    footer="Device {node}. Made from its configuration, program version {version}.",
)
