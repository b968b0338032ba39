// An application as its author would write it, without Angular's build: angulartics2 is published half compiled, and
// the compiler in the page does the rest.
import '@angular/compiler';
import { Component, inject, provideZonelessChangeDetection, importProvidersFrom } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { provideRouter, RouterLink, RouterOutlet } from '@angular/router';
import { Angulartics2, Angulartics2Kissmetrics, Angulartics2Module } from 'angulartics2';

const Plans = Component({
  selector: 'shop-plans',
  imports: [Angulartics2Module],
  template: `
    <button
      id="sign-up"
      angulartics2On="click"
      angularticsAction="Signed Up"
      angularticsCategory="Plans"
      angularticsLabel="Big button"
      [angularticsProperties]="{ 'Plan Name': 'Pro & more' }"
    >
      Sign up
    </button>
  `,
})(class {});

const Shop = Component({
  selector: 'shop-root',
  imports: [RouterLink, RouterOutlet],
  template: `
    <a id="plans" routerLink="/plans" [queryParams]="{ from: 'home' }">Plans</a>
    <button id="sign-in" (click)="signIn()">Sign in</button>
    <button id="order" (click)="order()">Order</button>
    <router-outlet />
  `,
})(
  class {
    analytics = inject(Angulartics2);

    constructor() {
      inject(Angulartics2Kissmetrics).startTracking();
    }

    signIn() {
      this.analytics.setUsername.next('ada@example.com');
      this.analytics.setUserProperties.next({ gender: 'female', visits: 3 });
    }

    order() {
      this.analytics.eventTrack.next({ action: 'Ordered', properties: { 'Billing Amount': 99.5 } });
    }
  },
);

void bootstrapApplication(Shop, {
  providers: [
    provideZonelessChangeDetection(),
    provideRouter([
      { path: 'plans', component: Plans },
      { path: '**', children: [] },
    ]),
    importProvidersFrom(Angulartics2Module.forRoot()),
  ],
});
