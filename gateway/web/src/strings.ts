/** Every English string of the client, in this one file; a translation is another such file. */

const one = new Intl.PluralRules("en");

/** Choose between the two forms that English has. */
function plural(amount: number, single: string, several: string): string {
  return one.select(amount) === "one" ? single : several;
}

export const strings = {
  product: "Ki-67 scoring",
  purpose: "For research and teaching, not for diagnosis.",
  loading: "Loading…",
  tryAgain: "Try again",
  cancel: "Cancel",
  close: "Close",
  save: "Save",
  remove: "Remove",
  add: "Add",
  yes: "Yes",
  no: "No",
  more: "More",
  back: "Back",
  empty: "Nothing here yet",
  optional: "optional",
  skipToContent: "Skip to content",

  classes: { immunopositive: "Immunopositive", immunonegative: "Immunonegative" },
  categories: { low: "Low", borderline: "Borderline", high: "High" },
  roles: {
    administrator: "Administrator",
    pathologist: "Pathologist",
    analyst: "Analyst",
    student: "Student",
    guest: "Guest",
  },

  pages: {
    score: "Score",
    records: "Records",
    reviews: "Reviews",
    learn: "Learn",
    contacts: "Contacts",
    administration: "Administration",
    account: "Account",
    notFound: "Page not found",
  },
  notFound: { detail: "There is no such page, or it is not yours to see.", home: "Go to the start page" },

  problems: {
    noConnection: "No connection to the service. Check the network and try again.",
    unknown: "Something went wrong. Try again.",
    failed: "That did not work",
    reference: (id: string) => `Reference for your administrator: ${id}`,
  },
  offline: { banner: "Offline. What you do is sent once the connection is back." },
  update: { ready: "A new version of this app is ready.", reload: "Reload" },

  theme: { label: "Appearance", dark: "Dark", light: "Light" },

  session: {
    signIn: "Sign in",
    signInTo: "Sign in to score, review and learn.",
    email: "Email address",
    password: "Password",
    showPassword: "Show password",
    signInWith: (name: string) => `Sign in with ${name}`,
    or: "or",
    forgot: "Forgot your password?",
    signOut: "Sign out",
    organisation: "Organisation",
    noOrganisation: "No organisation",
    ended: "You have been signed out. Sign in again to go on.",
    waiting: "Signing in…",
  },

  // ------------------------------------------------------------------ capture: choosing images and running

  capture: {
    title: "Score fields of view",
    lead: "Photograph a stained field through the eyepiece, or choose images.",
    images: (amount: number) => plural(amount, "1 image", `${amount} images`),
  },

  // ------------------------------------------------------------------ viewer: the field and its layers

  viewer: {
    loading: "Loading the image…",
    failed: "The image could not be loaded whole. Try again.",
    tools: "View",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    home: "Whole field",
    fill: "Fill the screen",
    shrink: "Leave the full screen",
    hint: "zoomable field: arrows pan, plus and minus zoom, 0 shows all, Enter taps the middle",
  },

  // ------------------------------------------------------------------ analysis: one record's result

  analysis: {},

  // ------------------------------------------------------------------ reviews: second opinions, contacts

  reviews: {},

  // ------------------------------------------------------------------ learning: marks and their scores

  learning: {},

  // ------------------------------------------------------------------ records: lists, comparing, exports

  records: {},

  // ------------------------------------------------------------------ administration and account

  administration: {},
};
