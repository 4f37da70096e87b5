// Every sentence that the scripts of the page for writing say.

const number = new Intl.NumberFormat("en");

export const WORDS = {
  name: "Say who you are: a first name will do.",
  text: "Write something first.",
  long: "That is too long for a wall. Shorten it a little.",
  sent: "Thank you! Your post waits for a moderator.",
  approved: "Your post is on the wall.",
  hidden: "Your post is not shown.",
  takenBack: "Taken back: it is gone everywhere. What you wrote is in the form again.",
  alreadyGone: "That post was taken back before.",
  offline: "No connection. What you wrote stays here, and goes as soon as the network is back.",
  unreadable: "This browser cannot read that photo. Choose a JPEG or PNG.",
  failed: "That did not work. Please try again.",
  sending: "Sending …",
  send: "Send to the moderators",
};

/** "12 of 500 characters" */
export const counted = (count, most) => `${number.format(count)} of ${number.format(most)} characters`;

/** "3 characters too many" */
export const over = (count) => `${number.format(count)} ${count === 1 ? "character" : "characters"} too many`;
