// Where unsent posts wait for a reload: IndexedDB, else sessionStorage, else only this page's memory (a
// shared terminal gets nothing else). Holds nothing that the server has acknowledged.
const NAME = "kyoso-outbox";

function promised(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function indexed() {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("posts", { keyPath: "cid" });
  const database = await promised(opening);
  const posts = (mode) => database.transaction("posts", mode).objectStore("posts");
  // A log-out in another tab takes the database away: then a call fails at once, and must not stop the sending.
  return {
    all: async () => promised(posts("readonly").getAll()),
    put: async (entry) => promised(posts("readwrite").put(entry)),
    remove: async (cid) => promised(posts("readwrite").delete(cid)),
    clear: async () => promised(posts("readwrite").clear()),
  };
}

function kept(storage) {
  storage.setItem(`${NAME}-probe`, "1");
  storage.removeItem(`${NAME}-probe`);
  const read = () => JSON.parse(storage.getItem(NAME) || "[]");
  const write = (entries) => storage.setItem(NAME, JSON.stringify(entries));
  return listStore(read, write);
}

export function memory() {
  let entries = [];
  return listStore(() => entries, (next) => (entries = next));
}

function listStore(read, write) {
  return {
    all: async () => read(),
    put: async (entry) => write([...read().filter(({ cid }) => cid !== entry.cid), entry]),
    remove: async (cid) => write(read().filter((entry) => entry.cid !== cid)),
    clear: async () => write([]),
  };
}

export async function openStore({ shared = false } = {}) {
  if (shared) return memory();
  try {
    return await indexed();
  } catch {
    try {
      return kept(sessionStorage);
    } catch {
      return memory();
    }
  }
}
