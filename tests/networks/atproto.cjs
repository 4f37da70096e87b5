// Starts a directory of identities (PLC) or a personal data server (PDS) of Bluesky, on this machine only:
// `node atproto.cjs plc PORT`, `node atproto.cjs pds PORT PLC_URL FOLDER`. What is in FOLDER outlives the process.
const net = require("node:net");
const path = require("node:path");

// @atproto/dev-env listens on every interface
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (first, ...rest) {
  if (typeof first === "number") return listen.call(this, first, "127.0.0.1", ...rest.filter((one) => typeof one !== "string"));
  return listen.call(this, typeof first === "object" ? { ...first, host: "127.0.0.1" } : first, ...rest);
};

// parts of dev-env by themselves: the whole of it loads the AppView as well
const part = (name) => require(`@atproto/dev-env/dist/${name}.js`);

const starts = {
  plc: (port) => part("plc").TestPlc.create({ port: Number(port) }),
  pds: async (port, didPlcUrl, folder) => {
    const pds = await part("pds").TestPds.create({
      port: Number(port),
      didPlcUrl,
      dataDirectory: folder,
      blobstoreDiskLocation: path.join(folder, "blobs"),
      // the same after a restart: a secret of these tests, of no use anywhere else
      plcRotationKeyK256PrivateKeyHex: "01".repeat(32),
    });
    part("util").mockNetworkUtilities(pds);
    return pds;
  },
};

const [what, ...more] = process.argv.slice(2);
starts[what](...more).then(
  ({ url }) => console.log(`${what} at ${url}`),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
