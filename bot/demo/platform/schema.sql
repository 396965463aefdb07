-- The demo platform: every kind of data the privacy policy lists, in SQLite's words (link.py has PostgreSQL's).
-- Dates are local dates, instants are UTC.
CREATE TABLE clients (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, name VARCHAR(120) NOT NULL);
CREATE TABLE products (
  id INTEGER PRIMARY KEY, name VARCHAR(120) NOT NULL, price NUMERIC(10,2) NOT NULL);
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, client_id INTEGER NOT NULL REFERENCES clients(id),
  first_name VARCHAR(80) NOT NULL, last_name VARCHAR(80) NOT NULL, email VARCHAR(254) NOT NULL, phone VARCHAR(20),
  vat_number VARCHAR(16), country VARCHAR(2) NOT NULL, domain VARCHAR(120), login_name VARCHAR(80) NOT NULL,
  password_hash VARCHAR(120) NOT NULL, role VARCHAR(12) NOT NULL, is_staff BOOLEAN NOT NULL,
  status VARCHAR(12) NOT NULL, marketing_ok BOOLEAN NOT NULL, restricted_on DATE,
  created_on DATE NOT NULL, closed_on DATE, UNIQUE (tenant, login_name));
CREATE INDEX accounts_email_folded ON accounts (lower(trim(email)));
CREATE TABLE addresses (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, street VARCHAR(120) NOT NULL, postal_code VARCHAR(12) NOT NULL,
  city VARCHAR(80) NOT NULL, country VARCHAR(2) NOT NULL);
CREATE TABLE account_addresses (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, account_id INTEGER NOT NULL REFERENCES accounts(id),
  address_id INTEGER NOT NULL REFERENCES addresses(id), kind VARCHAR(12) NOT NULL);
CREATE INDEX account_addresses_account ON account_addresses (account_id);
CREATE INDEX account_addresses_address ON account_addresses (address_id);
CREATE TABLE logins (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, account_id INTEGER NOT NULL REFERENCES accounts(id),
  at DATETIME NOT NULL, ip_address VARCHAR(45) NOT NULL, user_agent VARCHAR(200));
CREATE INDEX logins_account ON logins (account_id);
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, account_id INTEGER NOT NULL REFERENCES accounts(id),
  token_hash VARCHAR(64) NOT NULL, started_at DATETIME NOT NULL);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE TABLE browsing_events (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, account_id INTEGER NOT NULL REFERENCES accounts(id),
  at DATETIME NOT NULL, page VARCHAR(200) NOT NULL, cookie_id VARCHAR(40));
CREATE INDEX browsing_events_account ON browsing_events (account_id);
CREATE TABLE cookie_consents (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, account_id INTEGER NOT NULL REFERENCES accounts(id),
  given_on DATE NOT NULL, withdrawn_on DATE, analytics BOOLEAN NOT NULL, marketing BOOLEAN NOT NULL,
  ip_address VARCHAR(45));
CREATE INDEX cookie_consents_account ON cookie_consents (account_id);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, account_id INTEGER NOT NULL REFERENCES accounts(id),
  product_id INTEGER NOT NULL REFERENCES products(id), ordered_on DATE NOT NULL, amount NUMERIC(10,2) NOT NULL,
  remark VARCHAR(200));
CREATE INDEX orders_account ON orders (account_id);
CREATE INDEX orders_product ON orders (product_id);
CREATE TABLE invoices (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, account_id INTEGER NOT NULL REFERENCES accounts(id),
  order_id INTEGER NOT NULL REFERENCES orders(id), number VARCHAR(20) NOT NULL UNIQUE, issued_on DATE NOT NULL,
  billing_name VARCHAR(160) NOT NULL, billing_address VARCHAR(200) NOT NULL, vat_number VARCHAR(16),
  amount NUMERIC(10,2) NOT NULL, note VARCHAR(200));
CREATE INDEX invoices_account ON invoices (account_id);
CREATE INDEX invoices_order ON invoices (order_id);
CREATE TABLE complaints (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, account_id INTEGER NOT NULL REFERENCES accounts(id),
  handled_by INTEGER REFERENCES accounts(id), received_on DATE NOT NULL, subject VARCHAR(160) NOT NULL,
  body TEXT NOT NULL, about_person VARCHAR(160), state VARCHAR(12) NOT NULL);
CREATE INDEX complaints_account ON complaints (account_id);
CREATE INDEX complaints_handled_by ON complaints (handled_by);
CREATE TABLE incidents (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, account_id INTEGER NOT NULL REFERENCES accounts(id),
  handled_by INTEGER REFERENCES accounts(id), noticed_on DATE NOT NULL, description TEXT NOT NULL);
CREATE INDEX incidents_account ON incidents (account_id);
CREATE INDEX incidents_handled_by ON incidents (handled_by);
CREATE TABLE subscriptions (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, account_id INTEGER NOT NULL REFERENCES accounts(id),
  plan VARCHAR(40) NOT NULL, since DATE NOT NULL, until DATE);
CREATE INDEX subscriptions_account ON subscriptions (account_id);
CREATE TABLE messages (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, account_id INTEGER NOT NULL REFERENCES accounts(id),
  reply_to INTEGER REFERENCES messages(id), sent_at DATETIME NOT NULL, body TEXT NOT NULL,
  other_party VARCHAR(160));
CREATE INDEX messages_account ON messages (account_id);
CREATE INDEX messages_reply_to ON messages (reply_to);
CREATE TABLE newsletter (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, email VARCHAR(254) NOT NULL, first_name VARCHAR(80),
  opted_in_on DATE NOT NULL, last_contact_on DATE NOT NULL, active BOOLEAN NOT NULL, unsubscribed_on DATE);
CREATE INDEX newsletter_email_folded ON newsletter (lower(trim(email)));
CREATE TABLE testimonials (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, account_id INTEGER NOT NULL REFERENCES accounts(id),
  name VARCHAR(160) NOT NULL, job_title VARCHAR(120) NOT NULL, quote TEXT NOT NULL, authorised_on DATE NOT NULL,
  published BOOLEAN NOT NULL);
CREATE INDEX testimonials_account ON testimonials (account_id);
CREATE TABLE disclosures (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, account_id INTEGER NOT NULL REFERENCES accounts(id),
  partner VARCHAR(80) NOT NULL, sent_on DATE NOT NULL, what VARCHAR(200) NOT NULL);
CREATE INDEX disclosures_account ON disclosures (account_id);
CREATE TABLE contact_lists (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, created_by INTEGER NOT NULL REFERENCES accounts(id),
  name VARCHAR(120) NOT NULL);
CREATE TABLE contacts (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, list_id INTEGER NOT NULL REFERENCES contact_lists(id),
  email VARCHAR(254) NOT NULL, first_name VARCHAR(80), last_name VARCHAR(80), company VARCHAR(120),
  unsubscribed BOOLEAN NOT NULL);
CREATE INDEX contacts_email_folded ON contacts (lower(trim(email)));
CREATE TABLE campaigns (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, list_id INTEGER NOT NULL REFERENCES contact_lists(id),
  subject VARCHAR(160) NOT NULL, body TEXT NOT NULL, sent_at DATETIME NOT NULL);
CREATE TABLE campaign_sends (
  id INTEGER PRIMARY KEY, tenant VARCHAR(40) NOT NULL, contact_id INTEGER NOT NULL REFERENCES contacts(id),
  campaign_id INTEGER NOT NULL REFERENCES campaigns(id), sent_at DATETIME NOT NULL, opened_at DATETIME);
CREATE INDEX campaign_sends_contact ON campaign_sends (contact_id);
