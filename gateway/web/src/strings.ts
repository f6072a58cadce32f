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
  offline: {
    banner: "Offline. What you run is sent once the connection is back.",
    start: "Offline. Who is signed in is asked once the connection is back.",
  },
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
    leadTouch: "Photograph a stained field through the eyepiece, or choose images.",
    leadDesk: "Choose images of stained fields and run them; each result appears beside its image.",
    images: (amount: number) => plural(amount, "1 image", `${amount} images`),
    takePhoto: "Take a photo",
    chooseImages: "Choose images",
    drop: "Drop the images to add them",
    dropHint: "or drag or paste them here",
    formats: "JPEG, PNG, TIFF or WebP, up to 64 MiB.",
    noPreview: "No preview of this format",
    none: "No images yet",
    noneDetail: "Add one or several fields of view; you see each result here as soon as it is there.",
    listLabel: "Images",
    notAllowed: "Your role does not score images",
    notAllowedDetail: "You can still answer reviews that are assigned to you and practise in learning mode.",

    run: (amount: number) => plural(amount, "Run 1 image", `Run ${amount} images`),
    runNothing: "Run",
    running: (settled: number, total: number) => `${settled} of ${total} done`,
    runningLink: (settled: number, total: number) => `Scoring: ${settled} of ${total} done`,
    waitingToGoOn: "Waiting to go on",
    clear: "Clear finished",
    summary: (done: number, failed: number, running: number) =>
      [done > 0 && `${done} done`, failed > 0 && `${failed} failed`, running > 0 && `${running} in progress`]
        .filter(Boolean)
        .join(", "),

    states: {
      chosen: "Ready to run",
      waiting: "Waiting for its turn",
      uploading: (percent: string) => `Uploading, ${percent}`,
      scoring: "Scoring…",
      held: {
        connection: "No connection. Goes on by itself.",
        busy: "The service is busy. Goes on by itself.",
        session: "Goes on once you have signed in again.",
        organisation: "Goes on once you are back in its organisation.",
      },
      done: "Done",
      failed: "Failed",
    },
    upload: "Upload",
    goOn: "Try now",
    retry: "Try again",
    removeNamed: (name: string) => `Remove ${name}`,
    retryNamed: (name: string) => `Try ${name} again`,
    openNamed: (name: string) => `Open the record of ${name}`,
    open: "Open record",
    index: "Proliferation index",
    positive: "positive",
    negative: "negative",
    noNuclei: "No nuclei found",
    warnings: (amount: number) => plural(amount, "1 warning", `${amount} warnings`),
    scoringFailed: "The image could not be scored.",

    refused: {
      title: (amount: number) => plural(amount, "1 file was not added", `${amount} files were not added`),
      type: "Not a JPEG, PNG, TIFF or WebP image.",
      empty: "The file is empty.",
      size: (size: string) => `It has ${size}; at most 64 MiB (67.1 MB) are accepted. Save it as JPEG.`,
      room: (most: number) => `At most ${most} images at once. Clear finished ones first.`,
      gone: "The file can no longer be read. Remove it and choose it again.",
      dismiss: "Dismiss",
    },

    scale: {
      title: "Scale",
      change: "Change",
      hint: "Chosen once, for every image of this session.",
      objective: "Objective",
      objectiveValue: (magnification: string) => `${magnification}×`,
      objectiveSummary: (magnification: string, mpp: string) =>
        `${magnification}× objective, ${mpp} µm per pixel`,
      mpp: "µm / pixel",
      mppLabel: "Microns per pixel",
      mppHint: "Between 0.05 and 5, measured with a stage micrometer through the same phone and eyepiece.",
      mppError: "Give a number between 0.05 and 5.",
      mppSummary: (mpp: string) => `${mpp} µm per pixel`,
      unknown: "Not known",
      unknownSummary: "From the file, else assumed",
      assumed:
        "Where a file does not say its scale, the usual one is assumed (0.25 µm per pixel, a 40× objective, unless your organisation set another). Nuclei may then be missed or counted wrongly.",
    },

    more: "Case, tags and model version",
    caseLabel: "Case label",
    caseHint: "Of all the images. Never a patient's name.",
    tags: "Tags",
    tagsHint: "Separated by commas.",
    model: "Model version",
    modelDefault: (version: string) => `Default (${version})`,
    modelDefaultUnknown: "Default",
    modelStarting: (version: string) => `${version} (starting)`,
  },

  // ------------------------------------------------------------------ viewer: the field and its layers

  viewer: {},

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
