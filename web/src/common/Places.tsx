import { Suspense } from 'react';
import { NavLink, Outlet, type To } from 'react-router';
import { Loading } from './States';

/** A view to go to: what it is called, and where it is; `end` where only that very address is meant. */
export type Place = { name: string; to: To; end: boolean };

/** The way around a page of several views, and the view that is open. */
export function Places({ label, places }: { label: string; places: Place[] }) {
  return (
    <div className="portal">
      <nav aria-label={label} className="places no-print">
        <ul className="plain-list">
          {places.map(({ name, to, end }) => (
            <li key={name}>
              <NavLink to={to} end={end}>
                {name}
              </NavLink>
            </li>
          ))}
        </ul>
      </nav>
      <div className="view">
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </div>
    </div>
  );
}
