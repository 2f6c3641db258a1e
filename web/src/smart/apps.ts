/** The apps that the sandbox's journal opens. */
export type AppName = 'legevakt' | 'tavle';

/** What an app is registered as at the journal; it lives at its name. */
export const registered = (name: AppName): { clientId: string; redirectUri: string } => ({ clientId: `kilde-${name}`, redirectUri: `${window.location.origin}/${name}` });
