// Frames in, what lora-packet (https://github.com/anthonykirby/lora-packet) makes of them out:
// one JSON object a line. Keys, nonces and bytes are hex digits, most significant first.
"use strict";

const lora = require("lora-packet");

const bytes = (hex) => Buffer.from(hex, "hex");
const upper = (counter) => {
  const two = Buffer.alloc(2);
  two.writeUInt16LE(Math.floor(counter / 65536));
  return two;
};

function joinRequest(asked) {
  const packet = lora.fromWire(bytes(asked.phy));
  return {
    mic: lora.verifyMIC(packet, undefined, bytes(asked.app_key)),
    join_eui: packet.AppEUI.toString("hex"),
    dev_eui: packet.DevEUI.toString("hex"),
    dev_nonce: packet.DevNonce.toString("hex"),
  };
}

function joinAccept(asked) {
  const key = bytes(asked.app_key);
  const packet = lora.fromWire(lora.decryptJoinAccept(lora.fromWire(bytes(asked.phy)), key));
  const keys = lora.generateSessionKeys(
    key, packet.NetID, packet.AppNonce, bytes(asked.dev_nonce));
  return {
    mic: lora.verifyMIC(packet, undefined, key),
    dev_addr: packet.DevAddr.toString("hex"),
    net_id: packet.NetID.toString("hex"),
    rx1_offset: packet.getDLSettingsRxOneDRoffset(),
    rx2_data_rate: packet.getDLSettingsRxTwoDataRate(),
    rx_delay_s: packet.getRxDelayDel(),
    nwk_skey: keys.NwkSKey.toString("hex"),
    app_skey: keys.AppSKey.toString("hex"),
  };
}

function data(asked) {
  const packet = lora.fromWire(bytes(asked.phy));
  const [nwk, app, high] = [bytes(asked.nwk_skey), bytes(asked.app_skey), upper(asked.counter)];
  const payload = packet.FRMPayload && packet.FRMPayload.length
    ? lora.decrypt(packet, app, nwk, high).toString("hex") : "";
  return {
    mic: lora.verifyMIC(packet, nwk, undefined, high),
    type: packet.getMType(),
    direction: packet.getDir(),
    dev_addr: packet.DevAddr.toString("hex"),
    counter: packet.getFCnt(),
    port: packet.getFPort(),
    fopts: packet.FOpts.toString("hex"),
    ack: packet.getFCtrlACK(),
    adr: packet.getFCtrlADR(),
    payload,
  };
}

const read = { join_request: joinRequest, join_accept: joinAccept, data };

const lines = require("fs").readFileSync(0, "utf8").split("\n").filter((line) => line);
for (const line of lines) {
  const asked = JSON.parse(line);
  process.stdout.write(JSON.stringify(read[asked.read](asked)) + "\n");
}
