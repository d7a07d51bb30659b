import { mount } from 'svelte';
import App from './App.svelte';
import { applyTheme } from './state/theme.svelte';
import './style/base.css';
import './style/controls.css';

applyTheme();
mount(App, { target: document.getElementById('app')! });
