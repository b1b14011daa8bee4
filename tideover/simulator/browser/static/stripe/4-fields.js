// The ways to pay that the payment form knows: their fields, their checks, and what they send.

const COUNTRIES = ("AT AU BE BG BR CA CH CY CZ DE DK EE ES FI FR GB GR HK HR HU IE IN IT JP LT LU LV MT MX MY NL NO NZ PL PT "
  + "RO SE SG SI SK TH US").split(" ");
const HOLDERS = [["individual", "Individual"], ["company", "Company"]];

function countryNames(locale) {
  const known = new Intl.DisplayNames([locale === "auto" || !locale ? navigator.language : locale, "en"], { type: "region" });
  return COUNTRIES.map((code) => [code, known.of(code)]).sort((one, other) => one[1].localeCompare(other[1]));
}

function homeCountry() {
  const region = (navigator.language.split("-")[1] || "US").toUpperCase();
  return COUNTRIES.includes(region) ? region : "US";
}

const HOLDER = [
  { name: "holder", label: "Full name", wide: true, autocomplete: "name",
    check: (values) => filled(values.holder, "incomplete_name", "Your name is incomplete.") },
  { name: "email", label: "Email", wide: true, type: "email", autocomplete: "email",
    check: (values) => (/^\S+@\S+$/.test(values.email) ? null : invalid("incomplete_email", "Your email is incomplete.")) },
];

const WAYS = {
  card: {
    label: "Card",
    fields: (locale) => [
      { name: "number", label: "Card number", wide: true, inputmode: "numeric", autocomplete: "cc-number", hint: "1234 1234 1234 1234",
        shape: (text) => grouped(digits(text).slice(0, 19)), check: (values) => numberError(values.number) },
      { name: "expiry", label: "Expires (MM / YY)", inputmode: "numeric", autocomplete: "cc-exp", hint: "MM / YY",
        shape: expiryText, check: (values) => expiryError(values.expiry) },
      { name: "cvc", label: "Security code", inputmode: "numeric", autocomplete: "cc-csc", hint: "CVC",
        shape: (text) => digits(text).slice(0, 4), check: (values) => codeError(values.cvc, values.number) },
      { name: "country", label: "Country", wide: true, autocomplete: "billing country", options: countryNames(locale), value: homeCountry(),
        check: () => null },
    ],
    data: (values) => ({
      type: "card",
      card: {
        number: digits(values.number), cvc: digits(values.cvc),
        exp_month: expiryOf(values.expiry).month, exp_year: expiryOf(values.expiry).year,
      },
      billing_details: { address: { country: values.country } },
    }),
  },
  us_bank_account: {
    label: "US bank account",
    fields: () => [
      ...HOLDER,
      { name: "holderType", label: "Account holder", wide: true, options: HOLDERS, value: "individual", check: () => null },
      { name: "routing", label: "Routing number", inputmode: "numeric", hint: "110000000", shape: (text) => digits(text).slice(0, 9),
        check: (values) => (values.routing.length === 9 ? null : invalid("incomplete_routing_number", "Your routing number is incomplete.")) },
      { name: "account", label: "Account number", inputmode: "numeric", hint: "000123456789", shape: (text) => digits(text).slice(0, 17),
        check: (values) => (values.account.length >= 4 ? null : invalid("incomplete_account_number", "Your account number is incomplete.")) },
    ],
    note: "By continuing you authorize debits from this account. A bank payment takes about four business days.",
    data: (values) => ({
      type: "us_bank_account",
      us_bank_account: { account_holder_type: values.holderType, routing_number: values.routing, account_number: values.account },
      billing_details: { name: values.holder, email: values.email },
    }),
  },
  sepa_debit: {
    label: "SEPA Direct Debit",
    fields: () => [
      { name: "iban", label: "IBAN", wide: true, hint: "DE00 0000 0000 0000 0000 00", shape: (text) => text.toUpperCase(),
        check: (values) => (/^[A-Z]{2}\d{2}[A-Z0-9 ]{11,}$/.test(values.iban) ? null : invalid("incomplete_iban", "Your IBAN is incomplete.")) },
      ...HOLDER,
    ],
    note: "By continuing you authorize debits from this account. A bank payment takes about five business days.",
    data: (values) => ({
      type: "sepa_debit", sepa_debit: { iban: values.iban }, billing_details: { name: values.holder, email: values.email },
    }),
  },
  bacs_debit: {
    label: "Bacs Direct Debit",
    fields: () => [
      ...HOLDER,
      { name: "sortCode", label: "Sort code", inputmode: "numeric", hint: "10-88-00", shape: (text) => digits(text).slice(0, 6),
        check: (values) => (values.sortCode.length === 6 ? null : invalid("incomplete_sort_code", "Your sort code is incomplete.")) },
      { name: "account", label: "Account number", inputmode: "numeric", hint: "00012345", shape: (text) => digits(text).slice(0, 8),
        check: (values) => (values.account.length === 8 ? null : invalid("incomplete_account_number", "Your account number is incomplete.")) },
    ],
    note: "By continuing you authorize debits from this account. A bank payment takes about three business days.",
    data: (values) => ({
      type: "bacs_debit",
      bacs_debit: { sort_code: values.sortCode, account_number: values.account },
      billing_details: { name: values.holder, email: values.email },
    }),
  },
  paypal: {
    label: "PayPal",
    fields: () => [],
    note: "You will be led to PayPal to agree, and back to this page.",
    data: () => ({ type: "paypal" }),
  },
  link: {
    label: "Link",
    fields: () => [
      { name: "linkEmail", label: "Email", wide: true, type: "email", autocomplete: "email",
        check: (values) => (/^\S+@\S+$/.test(values.linkEmail) ? null : invalid("incomplete_email", "Your email is incomplete.")) },
    ],
    data: (values) => ({ type: "link", billing_details: { email: values.linkEmail } }),
  },
};
